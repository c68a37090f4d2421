import path from 'node:path';
import type { Contestant } from './contestant.js';
import { kafkaStreams } from './peers.js';

/** A program of the folder `state`. */
export function stateProgram(name: string, title: string, program: string, ...args: readonly string[]): Contestant {
  return { name, title, command: [process.execPath, path.join(import.meta.dirname, `state/${program}.js`), ...args] };
}

/** Those that do one kind of work with state. @param program of ours @param main of Kafka Streams @param loops by hand */
export function stateful(
  program: string,
  main: string,
  loops: readonly Contestant[] = [],
): { readonly contestants: readonly Contestant[]; readonly peer: Contestant } {
  return {
    contestants: [
      ...loops,
      stateProgram('level', 'weir, level://', program, 'level://', 'at-least-once'),
      stateProgram('level-exactly-once', 'weir, level://, exactly once', program, 'level://', 'exactly-once'),
      stateProgram('memory', 'weir, memory://', program, 'memory://', 'at-least-once'),
    ],
    peer: kafkaStreams('Kafka Streams 4.1.1, RocksDB, 1 thread', main),
  };
}
