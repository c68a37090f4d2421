import { spread } from '../report/statistics.js';

/** One thing that is measured: does it so many times, at once or by and by. What it gives back is looked at, so that no compiler can leave the work out. */
export interface Probe {
  readonly name: string;
  readonly run: (times: number) => unknown;
  /** Stands as the denominator of those that follow. */
  readonly isBaseline?: boolean;
}

export interface Measured {
  readonly room: string;
  readonly name: string;
  readonly nanoseconds: number;
  /** Bytes put on the heap. */
  readonly bytes: number;
  readonly ratio: number;
}

const samples = 31;
const sampleMs = 8;
const warmUpMs = 300;
/** Few enough for the young generation: no collection comes in between. */
const allocations = 1_000;

let seen: unknown;

/** Probes of one room, in turns; the median of many short samples. */
export async function measure(room: string, probes: readonly Probe[]): Promise<Measured[]> {
  const times: number[] = [];
  for (const probe of probes) times.push(await warmUp(probe));
  const nanoseconds = probes.map((): number[] => []);
  for (let sample = 0; sample < samples; sample++) {
    for (let turn = 0; turn < probes.length; turn++) {
      const index = sample % 2 === 0 ? turn : probes.length - 1 - turn;
      nanoseconds[index].push(((await timed(probes[index], times[index])) * 1e6) / times[index]);
    }
  }
  const medians = nanoseconds.map((each) => spread(each).median);
  const baseline = Math.max(
    0,
    probes.findIndex(({ isBaseline }) => isBaseline),
  );
  const measured: Measured[] = [];
  for (const [index, probe] of probes.entries()) {
    const bytes = await allocated(probe);
    measured.push({ room, name: probe.name, nanoseconds: medians[index], bytes, ratio: medians[index] / medians[baseline] });
  }
  return measured;
}

/** Lets the compilers do their work. Gives how often a sample runs. */
async function warmUp(probe: Probe): Promise<number> {
  let times = 1;
  for (const endsAt = performance.now() + warmUpMs; performance.now() < endsAt; ) {
    const ms = await timed(probe, times);
    if (ms < sampleMs) times = Math.ceil(times * Math.min(10, (sampleMs * 1.1) / Math.max(ms, 0.01)));
  }
  return times;
}

async function timed({ run }: Probe, times: number): Promise<number> {
  const began = performance.now();
  const done = run(times);
  seen = done instanceof Promise ? await done : done;
  return performance.now() - began;
}

async function allocated(probe: Probe): Promise<number> {
  const bytes: number[] = [];
  while (bytes.length < 5) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    await timed(probe, allocations);
    bytes.push((process.memoryUsage().heapUsed - before) / allocations);
  }
  return Math.max(0, Math.round(spread(bytes).median));
}

/** What was measured last: read by nobody. */
export function lastSeen(): unknown {
  return seen;
}
