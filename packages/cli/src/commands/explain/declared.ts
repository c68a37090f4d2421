import { appOptions } from '../../arguments/app-options.js';
import type { Command, CommandGroup } from '../../command.js';

const window: Command = {
  usage: 'window <table> <key> <time>',
  describe: 'Tell the windows of a key that hold a time: what they have, whether they take events, and what holds the watermark',
  positionals: {
    table: { type: 'string', describe: 'The windowed table' },
    key: { type: 'string', describe: 'The key: text where the table declares it so, otherwise JSON' },
    time: { type: 'string', describe: 'A date of ISO 8601, or milliseconds since 1970' },
  },
  options: { id: appOptions.id, 'app-version': appOptions['app-version'] },
  examples: [['$0 explain window -A src/traffic.ts per-minute /home 2026-01-01T12:00:30Z', 'Why that minute of /home has not closed']],
  load: async () => (await import('./window.js')).window,
};

/** `weir explain`: why something is as it is. */
export const explain: CommandGroup = { usage: 'explain', describe: 'Why something is as it is', commands: [window] };
