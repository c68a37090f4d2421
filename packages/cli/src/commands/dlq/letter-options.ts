import type { Options, PositionalOptions } from 'yargs';

const text = { type: 'string', requiresArg: true } as const;
const group = 'Which dead letters (all that is given must hold):';

/** Stands for the app where none is named. */
export const idOption: Readonly<Record<string, Options>> = {
  id: { ...text, describe: 'The id of the app whose dead letters are meant; with it -A can be left out' },
};

export const filterOptions: Readonly<Record<string, Options>> = {
  agent: { ...text, group, describe: 'Of this agent' },
  topic: { ...text, group, describe: 'Of messages of this topic' },
  fingerprint: { ...text, group, describe: 'Of this fingerprint, or of those that begin so' },
  key: { ...text, alias: 'k', group, describe: 'Of messages with this key' },
  since: { ...text, group, describe: 'Set aside since a time (2026-01-31T12:00:00Z), or in the last 2h' },
  until: { ...text, group, describe: 'Set aside before a time, or more than 2h ago' },
  limit: { ...text, alias: 'n', group, describe: 'So many at most, the oldest first' },
  ...idOption,
};

export const idsPositional: Readonly<Record<string, PositionalOptions>> = {
  ids: { type: 'string', array: true, describe: 'Dead letters as they are listed: partition-offset' },
};
