import { appOptions } from '../../arguments/app-options.js';
import type { Command, CommandGroup } from '../../command.js';

const { id, 'app-version': version, datadir } = appOptions;
const named = { id, 'app-version': version };

const list: Command = {
  usage: 'tables',
  describe: 'The tables of the app: changelogs, partitions, what feeds them, and how much they hold',
  options: {
    ...named,
    datadir,
    hot: { type: 'boolean', describe: 'Instead: the keys that are in the way of others most, and that are written most' },
  },
  load: async () => (await import('./list.js')).list,
};

const get: Command = {
  usage: 'get <table> <key>',
  describe: 'Print the value of a key, as it was committed last',
  positionals: {
    table: { type: 'string', describe: 'The table' },
    key: { type: 'string', describe: 'The key: text where the table declares it so, otherwise JSON' },
  },
  options: named,
  examples: [['$0 tables get -A src/page-views.ts counts /home', 'How often /home was viewed']],
  load: async () => (await import('./get.js')).get,
};

const scan: Command = {
  usage: 'scan <table>',
  describe: 'Print entries as JSON lines, as they were committed last',
  positionals: { table: { type: 'string', describe: 'The table' } },
  options: {
    ...named,
    from: { type: 'string', requiresArg: true, describe: 'Keys from this one on' },
    to: { type: 'string', requiresArg: true, describe: 'Keys before this one' },
    prefix: { type: 'string', requiresArg: true, describe: 'Keys that begin so' },
    limit: { type: 'string', requiresArg: true, alias: 'n', describe: 'So many entries at most' },
  },
  examples: [['$0 tables scan -A src/page-views.ts counts --prefix /blog', 'How often each page of the blog was viewed']],
  load: async () => (await import('./scan.js')).scan,
};

/** `weir tables`: what the tables of an app hold. */
export const tables: CommandGroup = { usage: 'tables', describe: list.describe, alone: list, commands: [get, scan] };
