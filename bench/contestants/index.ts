import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './contestant.js';
import { peers } from './peers.js';

export type { Contestant } from './contestant.js';

const weir = fileURLToPath(import.meta.resolve('@weir/cli/package.json')).replace('package.json', 'bin/weir.js');

const ours = (name: string, title: string): Contestant => ({
  name,
  title,
  command: [process.execPath, path.join(import.meta.dirname, `${name}.js`)],
});

/** An app that the command runs. @param file from the compiled benchmark's folder of contestants */
const commanded = (name: string, title: string, file: string): Contestant => ({
  name,
  title,
  command: [process.execPath, weir, '-A', path.join(import.meta.dirname, file), 'worker', '--quiet'],
});

/** The one that the others are compared with. */
export const baseline = ours('loop', 'hand-written loop, stock driver');

export const contestants: readonly Contestant[] = [
  baseline,
  ours('fast-loop', 'hand-written loop, fast path'),
  ours('handler', 'weir @Handler'),
  ours('handler-async', 'weir async @Handler'),
  ours('agent', 'weir @Agent'),
  ours('batch-handler', 'weir batch @Handler'),
  ours('exactly-once', 'weir @Handler, exactly once'),
  ours('stateful', 'weir @Handler that also counts in a table'),
  ours('beside-blocked', 'weir @Handler beside a blocked one'),
  ours('loop-validator', 'the loop with class-validator'),
  commanded('command', 'weir -A app.js worker', 'command.js'),
  commanded('typescript', 'weir -A app.ts worker', '../../contestants/command.ts'),
  ...peers,
];

/** Installs what those need that are not ours. @param say told of each, for it takes a while */
export function prepare(names: readonly string[], say: (line: string) => void): void {
  for (const peer of peers.filter(({ name }) => names.includes(name))) {
    say(`installing ${peer.title}`);
    peer.prepare();
  }
}

/** One partition, handlers that wait for somebody else: one event at a time, and many. */
export const waiting: readonly Contestant[] = [
  ours('slow-sequential', 'weir @Handler, one at a time'),
  ours('slow-by-key', 'weir @Handler, by key, 64 at once'),
];

/** Ten times slower than what comes in. */
export const overwhelmed = ours('busy', 'weir @Handler, ten times too slow');

/** The same, with a profile of its thread written to a folder when it ends. For those that run on Node. */
export function profiled(contestant: Contestant, folder: string): Contestant {
  const [program, ...args] = contestant.command;
  if (program !== process.execPath) return contestant;
  return { ...contestant, command: [program, '--cpu-prof', `--cpu-prof-dir=${path.join(folder, contestant.name)}`, ...args] };
}
