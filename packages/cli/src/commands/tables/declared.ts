import type { Command, CommandGroup } from '../../command.js';

const list: Command = {
  usage: 'tables',
  describe: 'The tables of the app: changelogs, partitions, what feeds them, and how much they hold',
  load: async () => (await import('./list.js')).list,
};

const get: Command = {
  usage: 'get <table> <key>',
  describe: 'Print the value of a key, as it was committed last',
  positionals: {
    table: { type: 'string', describe: 'The table' },
    key: { type: 'string', describe: 'The key: text where the table declares it so, otherwise JSON' },
  },
  examples: [['$0 tables get -A src/page-views.ts counts /home', 'How often /home was viewed']],
  load: async () => (await import('./get.js')).get,
};

/** `weir tables`: what the tables of an app hold. */
export const tables: CommandGroup = { usage: 'tables', describe: list.describe, alone: list, commands: [get] };
