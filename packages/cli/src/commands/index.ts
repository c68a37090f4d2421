import type { Entry } from '../command.js';
import { agents, broker, cleanVersions, config, reset, send, tail, worker } from './declared.js';
import { dlq } from './dlq/declared.js';
import { explain } from './explain/declared.js';
import { state } from './state/declared.js';
import { tables } from './tables/declared.js';
import { topics } from './topics/declared.js';

/** Every command, in the order of the help. */
export const commands: readonly Entry[] = [
  worker,
  send,
  tail,
  topics,
  tables,
  explain,
  agents,
  dlq,
  state,
  reset,
  cleanVersions,
  config,
  broker,
];
