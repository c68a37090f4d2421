import { isWritten, type WrittenDefinition } from '../definitions/index.js';
import { loggable, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import { formatMs } from '../time/index.js';
import type { Component, LeaderTerm, Tick } from '../topology/index.js';
import { leaderProblems } from './leader-problems.js';
import { called } from './runs.js';
import { RunningTimer, type TimerDeclaration, timerProblem } from './timer.js';

const optionNames: OptionNames<Omit<TimerDeclaration, 'every'>> = { overlap: true, onLeader: true, per: true };

/** Methods that are called at a fixed rate. */
export const timers: Component<TimerDeclaration> = {
  kind: 'timer',
  decorator: '@Timer',

  faults(declared, member) {
    const { every, ...options } = declared;
    const faults = [...unknownOptions(options, optionNames)];
    const problem = timerProblem({ name: member, ...declared, run: () => undefined });
    if (problem !== undefined) faults.push({ problem, remedy: 'Correct the interval' });
    if (declared.per !== undefined && !isWritten(declared.per))
      faults.push({ problem: 'per is no table', remedy: 'Give what table() or setTable() has made; look for a circular import' });
    faults.push(...leaderProblems(declared));
    if (declared.onLeader === true && declared.per !== undefined)
      faults.push({
        problem: 'it has both per and onLeader',
        remedy: 'Leave onLeader out: each part of a table is called on the worker that has it',
      });
    if (declared.overlap !== undefined && !['skip', 'allow'].includes(declared.overlap))
      faults.push({ problem: `overlap is '${declared.overlap}'`, remedy: "Use 'skip' or 'allow'" });
    return faults;
  },

  needsLeader: ({ onLeader }) => onLeader === true,

  describe: ({ every, onLeader }) =>
    `every ${typeof every === 'number' ? formatMs(every) : every}${onLeader === true ? ', on the leader' : ''}`,

  open(members, { clock, logger, moved, whenLeading, perPartition }) {
    const failed = (timer: string, error: unknown) =>
      logger.error({ timer, err: loggable(error) }, `timer ${timer} failed: ${reason(error)}`);
    let term: LeaderTerm | undefined;
    const isLed = members.some(({ declared }) => declared.onLeader === true);
    const all = members.map(({ name, declared, run }) => {
      const each = async (table: WrittenDefinition) => {
        for (const error of await perPartition(table, name, (tick) => called(name, run, tick))) failed(name, error);
      };
      const ofTerm = () => term?.run({ name }, (tick) => called(name, run, tick));
      const { per, onLeader } = declared;
      const runAt = (tick: Tick) => (per !== undefined ? each(per) : onLeader === true ? ofTerm() : run(tick));
      return new RunningTimer({ name, ...declared, run: runAt }, clock, { failed, moved });
    });
    return {
      start: () => {
        if (isLed)
          whenLeading((now) => {
            term = now;
          });
        for (const timer of all) timer.start();
      },
      stop: async () => {
        await Promise.all(all.map((timer) => timer.stop()));
      },
      running: () => all.flatMap(({ name, running }) => Array.from({ length: running }, () => `timer ${name}`)),
    };
  },
};
