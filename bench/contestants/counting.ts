import path from 'node:path';
import type { Contestant } from './contestant.js';
import { kafkaStreams } from './peers.js';

const counter = (name: string, title: string, ...args: readonly string[]): Contestant => ({
  name,
  title,
  command: [process.execPath, path.join(import.meta.dirname, 'state/counter.js'), ...args],
});

/** The one that the others are compared with. */
export const countingLoop: Contestant = {
  name: 'counting-loop',
  title: 'hand-written, stock driver, Map and LevelDB',
  command: [process.execPath, path.join(import.meta.dirname, 'state/counting-loop.js')],
};

export const streamsCounter = kafkaStreams('Kafka Streams 4.1.1, RocksDB, 1 thread', 'Counts');

export const levelCounter = counter('counter', 'weir table, level://', 'level://', 'at-least-once');
export const memoryCounter = counter('counter-memory', 'weir table, memory://', 'memory://', 'at-least-once');

/** They count the events of each key. */
export const counters: readonly Contestant[] = [
  countingLoop,
  levelCounter,
  counter('counter-exactly-once', 'weir table, level://, exactly once', 'level://', 'exactly-once'),
  memoryCounter,
];
