import { show } from '../codecs/index.js';
import { type Fault, loggable, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import type { Component } from '../topology/index.js';
import { RunningCron } from './cron.js';
import { type CronDeclaration, CronTimes, isCronShaped } from './cron-times.js';
import { leaderProblems } from './leader-problems.js';
import { LocalTime } from './local-time.js';

const optionNames: OptionNames<Omit<CronDeclaration, 'expression'>> = { timezone: true, onLeader: true, missed: true };
const examples = "Use five fields, '0 3 * * *', or six with seconds first, '*/10 * * * * *'";

type Problem = Pick<Fault, 'problem' | 'remedy'>;

function optionsOf({ expression, ...options }: CronDeclaration): Omit<CronDeclaration, 'expression'> {
  return options;
}

function timezoneProblems({ timezone }: CronDeclaration): Problem[] {
  if (timezone === undefined) return [];
  try {
    if (typeof timezone === 'string' && new LocalTime(timezone)) return [];
  } catch {
    // Told below.
  }
  return [{ problem: `its timezone is ${show(timezone)}`, remedy: "Use the IANA name of one, such as 'Europe/Prague'" }];
}

function expressionProblems({ expression }: CronDeclaration): Problem[] {
  if (!isCronShaped(expression)) return [{ problem: `its expression is ${show(expression)}`, remedy: examples }];
  try {
    if (new CronTimes({ expression }).after(0) !== undefined) return [];
    return [{ problem: `its expression ${show(expression)} names a time that never comes`, remedy: 'Correct the day or the month' }];
  } catch (thrown) {
    const why = reason(thrown).replace(/^CronPattern: /, '');
    return [{ problem: `its expression is ${show(expression)}: ${why}`, remedy: examples }];
  }
}

function missedProblems({ missed, onLeader }: CronDeclaration): Problem[] {
  if (missed === undefined) return [];
  if (!['skip', 'once', 'all'].includes(missed)) return [{ problem: `missed is ${show(missed)}`, remedy: "Use 'skip', 'once' or 'all'" }];
  if (onLeader === true) return [];
  return [
    {
      problem: 'it has missed without onLeader: nobody notes what it has missed',
      remedy: 'Set onLeader: true, or leave missed out',
    },
  ];
}

/** Methods that are called at the times of an expression. */
export const crons: Component<CronDeclaration> = {
  kind: 'cron',
  decorator: '@Cron',

  faults: (declared) => [
    ...unknownOptions(optionsOf(declared), optionNames),
    ...expressionProblems(declared),
    ...timezoneProblems(declared),
    ...leaderProblems(declared),
    ...missedProblems(declared),
  ],

  needsLeader: ({ onLeader }) => onLeader === true,

  describe: ({ expression, timezone = 'UTC', onLeader }) => `at ${expression} (${timezone})${onLeader === true ? ', on the leader' : ''}`,

  open(members, { clock, logger, moved, whenLeading }) {
    const failed = (cron: string, error: unknown) => logger.error({ cron, err: loggable(error) }, `cron ${cron} failed: ${reason(error)}`);
    const all = members.map(
      ({ name, declared, run }) =>
        new RunningCron({ name, ...declared, run, ...(declared.onLeader === true && { whenLeading }) }, clock, { failed, moved }),
    );
    return {
      start: () => {
        for (const cron of all) cron.start();
      },
      stop: async () => {
        await Promise.all(all.map((cron) => cron.stop()));
      },
      running: () => all.flatMap(({ name, running }) => Array.from({ length: running }, () => `cron ${name}`)),
    };
  },
};
