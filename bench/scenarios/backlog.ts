import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants/index.js';
import { start } from './runner.js';

/** Memory of a process that cannot keep up, in MB. */
export interface BacklogSample {
  readonly peakRssMb: number;
  /** Medians of the first and of the last third of the time: what grows shows here. */
  readonly earlyRssMb: number;
  readonly lateRssMb: number;
}

export interface BacklogTask {
  readonly brokers: string;
  readonly input: string;
  readonly seconds: number;
  readonly run: string;
}

const lookMs = 250;

/** Lets a contestant work on a backlog that it cannot bring to an end in the time, and looks at its memory. */
export async function backlog(contestant: Contestant, { brokers, input, seconds, run }: BacklogTask): Promise<BacklogSample> {
  const running = start(contestant, { brokers, group: `bench-${contestant.name}-${run}`, input, output: input });
  const looks: number[] = [];
  for (const ends = Date.now() + seconds * 1_000; Date.now() < ends; await sleep(lookMs)) {
    const failure = running.failure();
    if (failure !== undefined) throw failure;
    looks.push(running.usage().rssMb);
  }
  const { peakRssMb } = running.usage();
  await running.stop();
  const third = Math.floor(looks.length / 3);
  return { peakRssMb, earlyRssMb: median(looks.slice(third, 2 * third)), lateRssMb: median(looks.slice(-third)) };
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}
