import path from 'node:path';
import type { Contestant } from './contestant.js';
import { kafkaStreams } from './peers.js';

/** Those that do one kind of work with state. @param program of ours @param main of Kafka Streams */
export function stateful(program: string, main: string): { readonly contestants: readonly Contestant[]; readonly peer: Contestant } {
  const ours = (name: string, title: string, ...args: readonly string[]): Contestant => ({
    ...{ name, title },
    command: [process.execPath, path.join(import.meta.dirname, `state/${program}.js`), ...args],
  });
  return {
    contestants: [
      ours('level', 'weir, level://', 'level://', 'at-least-once'),
      ours('level-exactly-once', 'weir, level://, exactly once', 'level://', 'exactly-once'),
      ours('memory', 'weir, memory://', 'memory://', 'at-least-once'),
    ],
    peer: kafkaStreams('Kafka Streams 4.1.1, RocksDB, 1 thread', main),
  };
}
