import type { Contestant } from './contestant.js';
import { kafkaStreams } from './peers.js';
import { stateProgram } from './pipelines.js';

const counter = (name: string, title: string, ...args: readonly string[]): Contestant => stateProgram(name, title, 'counter', ...args);

/** The one that the others are compared with. */
export const countingLoop: Contestant = stateProgram('counting-loop', 'hand-written, stock driver, Map and LevelDB', 'counting-loop');

const fastCountingLoop: Contestant = stateProgram('fast-counting', 'hand-written, fast path, Map and LevelDB', 'fast-counting');

export const streamsCounter = kafkaStreams('Kafka Streams 4.1.1, RocksDB, 1 thread', 'Counts');

export const levelCounter = counter('counter', 'weir table, level://', 'level://', 'at-least-once');
export const exactCounter = counter('counter-exactly-once', 'weir table, level://, exactly once', 'level://', 'exactly-once');
export const memoryCounter = counter('counter-memory', 'weir table, memory://', 'memory://', 'at-least-once');

/** They count the events of each key. */
export const counters: readonly Contestant[] = [countingLoop, fastCountingLoop, levelCounter, exactCounter, memoryCounter];
