import { appOptions } from '../../arguments/app-options.js';
import type { Command, CommandGroup } from '../../command.js';

/** What decides which topics an app has, and what it may do. */
const optionsOfTopics = {
  id: appOptions.id,
  'app-version': appOptions['app-version'],
  guarantee: appOptions.guarantee,
  topics: appOptions.topics,
  delayed: { type: 'boolean', describe: 'With what delayed messages need, which is otherwise planned once there were any' },
} as const;

const list: Command = {
  usage: 'topics',
  describe: 'The topics of the app, or all of the broker: partitions, schemas, who reads and who may write',
  options: { all: { type: 'boolean', describe: 'Also the topics that the app does not use' } },
  load: async () => (await import('./list.js')).list,
};

const plan: Command = {
  usage: 'plan',
  describe: 'Every topic that the app needs beside what the cluster has, and the rights of its principal; changes nothing',
  options: { offline: { type: 'boolean', describe: 'Ask no broker: only what the app needs' }, ...optionsOfTopics },
  examples: [['$0 topics plan -A dist/app.js --offline --json', 'For whoever creates topics and grants rights']],
  load: async () => (await import('./plan.js')).plan,
};

const apply: Command = {
  usage: 'apply',
  describe: 'Create the topics that are missing, add partitions and change settings, as the plan says',
  options: { yes: { type: 'boolean', alias: 'y', describe: 'Do not ask; needed where nobody can be asked' }, ...optionsOfTopics },
  load: async () => (await import('./apply.js')).apply,
};

const verify: Command = {
  usage: 'verify',
  describe: 'Exit code 0 when all topics are as the plan says, otherwise 1 with a line for each difference',
  options: optionsOfTopics,
  load: async () => (await import('./verify.js')).verify,
};

/** `weir topics`: the topics of an app, and how they come to be as it needs them. */
export const topics: CommandGroup = { usage: 'topics', describe: list.describe, alone: list, commands: [plan, apply, verify] };
