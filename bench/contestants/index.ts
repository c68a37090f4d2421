import path from 'node:path';

/** One way to do the work, as a program of its own. */
export interface Contestant {
  /** What `--only` and the results call it. */
  readonly name: string;
  readonly title: string;
  readonly command: readonly string[];
}

const ours = (name: string, title: string): Contestant => ({
  name,
  title,
  command: [process.execPath, path.join(import.meta.dirname, `${name}.js`)],
});

/** The one that the others are compared with. */
export const baseline = ours('loop', 'hand-written loop, stock driver');

export const contestants: readonly Contestant[] = [
  baseline,
  ours('handler', 'weir @Handler'),
  ours('handler-async', 'weir async @Handler'),
  ours('agent', 'weir @Agent'),
  ours('batch-handler', 'weir batch @Handler'),
  ours('exactly-once', 'weir @Handler, exactly once'),
];

/** The same, with a profile of its thread written to a folder when it ends. For those that run on Node. */
export function profiled(contestant: Contestant, folder: string): Contestant {
  const [program, ...args] = contestant.command;
  if (program !== process.execPath) return contestant;
  return { ...contestant, command: [program, '--cpu-prof', `--cpu-prof-dir=${path.join(folder, contestant.name)}`, ...args] };
}
