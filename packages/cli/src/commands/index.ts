import type { Entry } from '../command.js';
import { agents, broker, config, send, tail, topics, worker } from './declared.js';
import { dlq } from './dlq/declared.js';

/** Every command, in the order of the help. */
export const commands: readonly Entry[] = [worker, send, tail, topics, agents, dlq, config, broker];
