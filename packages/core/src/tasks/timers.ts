import { isWritten, type WrittenDefinition } from '../definitions/index.js';
import { loggable, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import { formatMs } from '../time/index.js';
import type { Component } from '../topology/index.js';
import { RunningTimer, type TimerDeclaration, timerProblem } from './timer.js';

const options: OptionNames<TimerDeclaration> = { every: true, overlap: true, per: true };

/** Methods that are called at a fixed rate. */
export const timers: Component<TimerDeclaration> = {
  kind: 'timer',
  decorator: '@Timer',

  faults(declared, member) {
    const faults = [...unknownOptions(declared, options)];
    const problem = timerProblem({ name: member, ...declared, run: () => undefined });
    if (problem !== undefined) faults.push({ problem, remedy: 'Correct the interval' });
    if (declared.per !== undefined && !isWritten(declared.per))
      faults.push({ problem: 'per is no table', remedy: 'Give what table() or setTable() has made; look for a circular import' });
    if (declared.overlap !== undefined && !['skip', 'allow'].includes(declared.overlap))
      faults.push({ problem: `overlap is '${declared.overlap}'`, remedy: "Use 'skip' or 'allow'" });
    return faults;
  },

  describe: ({ every }) => `every ${typeof every === 'number' ? formatMs(every) : every}`,

  open(members, { clock, logger, moved, perPartition }) {
    const failed = (timer: string, error: unknown) =>
      logger.error({ timer, err: loggable(error) }, `timer ${timer} failed: ${reason(error)}`);
    const all = members.map(({ name, declared, run }) => {
      const { per } = declared;
      const each = async (table: WrittenDefinition) => {
        for (const error of await perPartition(table, name, run)) failed(name, error);
      };
      return new RunningTimer({ name, ...declared, run: () => (per === undefined ? run() : each(per)) }, clock, { failed, moved });
    });
    return {
      start: () => {
        for (const timer of all) timer.start();
      },
      stop: async () => {
        await Promise.all(all.map((timer) => timer.stop()));
      },
      running: () => all.flatMap(({ name, running }) => Array.from({ length: running }, () => `timer ${name}`)),
    };
  },
};
