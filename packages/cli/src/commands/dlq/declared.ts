import type { Command, CommandGroup } from '../../command.js';
import { filterOptions, idOption, idsPositional } from './letter-options.js';

const text = { type: 'string', requiresArg: true } as const;

const list: Command = {
  usage: 'list [ids..]',
  describe: 'List dead letters, those that failed at the same place together',
  positionals: idsPositional,
  options: {
    ungrouped: { type: 'boolean', describe: 'Each by itself, with its id' },
    all: { type: 'boolean', describe: 'Also those that were replayed, edited or dropped' },
    ...filterOptions,
  },
  examples: [['$0 dlq list -A src/app.ts --since 2h', 'What went wrong in the last two hours']],
  load: async () => (await import('./list.js')).list,
};

const show: Command = {
  usage: 'show [ids..]',
  describe: 'Print dead letters as a whole: why, and the original with key, value and headers',
  positionals: idsPositional,
  options: {
    all: { type: 'boolean', describe: 'Also those that were replayed, edited or dropped; those named by id always show' },
    ...filterOptions,
  },
  examples: [['$0 dlq show -A src/app.ts 0-17', 'One of them']],
  load: async () => (await import('./show.js')).show,
};

const replay: Command = {
  usage: 'replay [ids..]',
  describe: 'Give dead letters back to the agents that failed on them, and to no others; Ctrl-C ends it in order',
  positionals: idsPositional,
  options: {
    rate: { type: 'string', requiresArg: true, default: '100', describe: 'Messages a second; 0 is no limit' },
    'dry-run': { type: 'boolean', describe: 'Only list what would be replayed' },
    ...filterOptions,
  },
  examples: [['$0 dlq replay -A src/app.ts --fingerprint 3f9a --rate 10', 'What failed at one place in the code, slowly']],
  load: async () => (await import('./replay.js')).replay,
};

const edit: Command = {
  usage: 'edit <letter>',
  describe: 'Replay one dead letter with another value or key; without options, the value is opened in EDITOR',
  positionals: { letter: { type: 'string', describe: 'The dead letter as it is listed: partition-offset' } },
  options: {
    value: { ...text, describe: 'The new value: JSON where the app declares the topic so, otherwise text' },
    file: { ...text, describe: 'The new value, the bytes of a file as they are' },
    key: { ...text, alias: 'k', describe: 'The new key, read as --value is' },
    force: { type: 'boolean', describe: 'Send also what the readers of the topic cannot decode' },
    ...idOption,
  },
  examples: [[`$0 dlq edit -A src/app.ts 0-17 --value '{"id":4}'`, 'Checked before it is sent']],
  load: async () => (await import('./edit.js')).edit,
};

const drop: Command = {
  usage: 'drop [ids..]',
  describe: 'Mark dead letters as dropped: they are not listed and not replayed any more',
  positionals: idsPositional,
  options: { yes: { type: 'boolean', alias: 'y', describe: 'Do not ask; needed where nobody can be asked' }, ...filterOptions },
  load: async () => (await import('./drop.js')).drop,
};

/** `weir dlq`: the dead letters of an app. */
export const dlq: CommandGroup = {
  usage: 'dlq',
  describe: 'The dead letters of the app: list, show, replay, edit and drop them',
  commands: [list, show, replay, edit, drop],
};
