import { appOptions } from '../arguments/app-options.js';
import type { Command } from '../command.js';

const text = { type: 'string', requiresArg: true } as const;

// What the command line must know of a command. What it does is loaded when it is wanted: with it comes all of weir.

export const worker: Command = {
  usage: 'worker',
  describe: 'Run the app until Ctrl-C',
  options: {
    ...appOptions,
    'accept-reset': {
      type: 'boolean',
      describe: 'Start though tables hold something and the group has no offsets: events are counted on top of what is there',
    },
    workers: {
      type: 'string',
      requiresArg: true,
      describe: 'Run so many workers, each in a process of its own that is started again when it ends',
    },
  },
  examples: [
    ['$0 -A src/app.ts worker -l info', 'Run an app and tell of its life'],
    ['$0 -A src/app.ts worker --workers 4', 'Run it on four cores'],
  ],
  load: async () => (await import('./worker.js')).worker,
};

export const send: Command = {
  usage: 'send <target> <value>',
  describe: 'Write a message to a topic, or to the topic of an @agent',
  positionals: {
    target: { type: 'string', describe: 'A topic, or @name of an agent of the app' },
    value: { type: 'string', describe: 'JSON where the app declares the topic so, otherwise text; - sends each line of standard input' },
  },
  options: {
    key: { ...text, alias: 'k', describe: 'The key' },
    partition: { ...text, alias: 'p', describe: 'The partition; otherwise the key decides' },
    header: { ...text, array: true, describe: 'A header, name=value; may be repeated' },
    timestamp: { ...text, describe: 'Milliseconds since 1970 or a date; otherwise now' },
  },
  examples: [[`$0 -A src/app.ts send registrations '{"name":"Eliška","surname":"Najbrtová","id":4}'`, 'Checked before it is sent']],
  load: async () => (await import('./send.js')).send,
};

export const tail: Command = {
  usage: 'tail <topic>',
  describe: 'Print the messages of a topic and go on with new ones until Ctrl-C',
  positionals: { topic: { type: 'string', describe: 'The topic' } },
  options: {
    from: {
      type: 'string',
      requiresArg: true,
      default: 'earliest',
      describe: 'earliest, latest, or an offset of every partition; from the end where that is lower',
    },
    limit: { type: 'string', requiresArg: true, alias: 'n', describe: 'End after so many messages' },
  },
  load: async () => (await import('./tail.js')).tail,
};

export const agents: Command = {
  usage: 'agents',
  describe: 'The agents of the app: what they read, and where their results go',
  load: async () => (await import('./agents.js')).agents,
};

export const config: Command = {
  usage: 'config',
  describe: "The app's options: each value and where it comes from",
  options: appOptions,
  load: async () => (await import('./config.js')).config,
};

export const broker: Command = {
  usage: 'broker',
  describe: 'Serve a broker for development on this machine until Ctrl-C; what it holds is gone then',
  options: { port: { type: 'string', requiresArg: true, default: '9092', describe: 'Port to listen on; 0 takes a free one' } },
  load: async () => (await import('./broker.js')).broker,
};

export const cleanVersions: Command = {
  usage: 'clean-versions [versions..]',
  describe: 'Delete what earlier versions of the app have kept: their offsets, changelogs, repartition topics and stores on this machine',
  positionals: { versions: { type: 'string', describe: 'Only these; otherwise all before that of the app' } },
  options: {
    id: appOptions.id,
    'app-version': appOptions['app-version'],
    datadir: appOptions.datadir,
    topic: { ...text, array: true, describe: 'Also this topic, of a table that the app does not declare any more; may be repeated' },
    'dry-run': { type: 'boolean', describe: 'Only list what would be deleted' },
    yes: { type: 'boolean', alias: 'y', describe: 'Do not ask; needed where nobody can be asked' },
  },
  examples: [['$0 clean-versions -A src/app.ts --dry-run', 'What earlier versions have left']],
  load: async () => (await import('./clean-versions.js')).cleanVersions,
};

export const reset: Command = {
  usage: 'reset',
  describe: 'Delete what the app has kept: its offsets, changelogs, repartition topics and stores on this machine; it begins anew then',
  options: {
    id: appOptions.id,
    'app-version': appOptions['app-version'],
    datadir: appOptions.datadir,
    'dry-run': { type: 'boolean', describe: 'Only list what would be deleted' },
    yes: { type: 'boolean', alias: 'y', describe: 'Do not ask; needed where nobody can be asked' },
  },
  examples: [['$0 reset -A src/app.ts --dry-run', 'What would be deleted']],
  load: async () => (await import('./reset.js')).reset,
};
