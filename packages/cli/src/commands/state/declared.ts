import { appOptions } from '../../arguments/app-options.js';
import type { Command, CommandGroup } from '../../command.js';

const { id, 'app-version': version, datadir, store, member } = appOptions;
const place = { id, 'app-version': version, datadir, store };

const exported: Command = {
  usage: 'export <folder>',
  describe: 'Write what stopped workers on this machine keep of tables to a folder, a file for each partition group',
  positionals: { folder: { type: 'string', describe: 'Where the files are written; made where it is not there' } },
  options: { ...place, member: { ...member, describe: 'Only of the worker with this name', defaultDescription: 'of all' } },
  examples: [['$0 state export -A src/page-views.ts snapshots', 'A snapshot of what this machine has']],
  load: async () => (await import('./export.js')).exported,
};

const imported: Command = {
  usage: 'import <paths..>',
  describe: 'Put snapshots in the store of the worker that starts next on this machine',
  positionals: { paths: { type: 'string', describe: 'Files, or folders with some' } },
  options: {
    ...place,
    member: { ...member, describe: 'The worker with this name is to have them', defaultDescription: 'the next without one' },
  },
  examples: [['$0 state import -A src/page-views.ts snapshots', 'Then start the worker: it reads only what the snapshot misses']],
  load: async () => (await import('./import.js')).imported,
};

const inspected: Command = {
  usage: 'inspect <paths..>',
  describe: 'Print what snapshots hold: tables, partitions, positions, keys, age; and whether they are whole',
  positionals: { paths: { type: 'string', describe: 'Files, or folders with some' } },
  load: async () => (await import('./inspect.js')).inspected,
};

/** `weir state`: what workers keep of tables, as files. */
export const state: CommandGroup = {
  usage: 'state',
  describe: 'Snapshots of tables: write them, look at them, start a worker with them',
  commands: [exported, imported, inspected],
};
