import type { Entry } from '../command.js';
import { agents } from './agents.js';
import { broker } from './broker.js';
import { config } from './config.js';
import { dlq } from './dlq/index.js';
import { send } from './send.js';
import { tail } from './tail.js';
import { topics } from './topics.js';
import { worker } from './worker.js';

/** Every command, in the order of the help. */
export const commands: readonly Entry[] = [worker, send, tail, topics, agents, dlq, config, broker];
