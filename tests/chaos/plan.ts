import type { ChaosOptions } from './options.js';
import { Random } from './random.js';

/** What is done to the workers and to the brokers. */
export type Fault =
  | 'join'
  | 'leave'
  | 'kill'
  | 'kill and wipe the store'
  | 'halt for a moment'
  | 'halt beyond the session'
  | 'kill a broker'
  | 'restart a broker'
  | 'halt a broker'
  | 'kill all brokers';

/** One thing to do, at a time since the start. */
export interface Step {
  readonly atMs: number;
  readonly fault: Fault;
  /** Picks whom it hits among those that are there, from 0 up to 1. */
  readonly whom: number;
  /** How long it lasts, where it lasts. */
  readonly forMs: number;
}

const workerFaults = {
  join: 3,
  leave: 2,
  kill: 3,
  'kill and wipe the store': 1,
  'halt for a moment': 1,
  'halt beyond the session': 1,
} as const;
const brokerFaults = { 'kill a broker': 1.2, 'restart a broker': 0.8, 'halt a broker': 0.8, 'kill all brokers': 0.3 } as const;

/** How long a fault may last, from and to, in milliseconds. A session lasts 6 s. */
const lasting: Readonly<Record<Fault, readonly [number, number]>> = {
  join: [0, 0],
  leave: [0, 0],
  // How long until the worker is started again.
  kill: [300, 3_000],
  'kill and wipe the store': [300, 3_000],
  'halt for a moment': [500, 3_000],
  'halt beyond the session': [8_000, 12_000],
  'kill a broker': [500, 6_000],
  'restart a broker': [0, 2_000],
  'halt a broker': [1_000, 9_000],
  'kill all brokers': [500, 8_000],
};

/** Of workers that are killed in a fixed rhythm, each so many-th loses its disk too. */
const wipedEach = 10;
/** In a fixed rhythm, a broker is restarted this often. */
const brokerEveryMs = 30_000;

/** The schedule of a run: the same for the same seed. */
export function planOf(options: ChaosOptions): Step[] {
  const random = new Random(options.seed + 1);
  const { minutes, killEverySeconds, joinEverySeconds } = options;
  const endMs = minutes * 60_000;
  if (killEverySeconds > 0 || joinEverySeconds > 0) {
    const killed = (index: number): Fault => (index % wipedEach === wipedEach - 1 ? 'kill and wipe the store' : 'kill');
    const kills = every(killEverySeconds * 1_000, endMs, (atMs, index) => step(random, atMs, killed(index), 300));
    const joins = every(joinEverySeconds * 1_000, endMs, (atMs, index) => step(random, atMs, index % 2 === 0 ? 'join' : 'leave', 0));
    const brokers = options.brokers ? every(brokerEveryMs, endMs, (atMs) => step(random, atMs, 'restart a broker', 1_000)) : [];
    return [...kills, ...joins, ...brokers].sort((a, b) => a.atMs - b.atMs);
  }
  const faults: Partial<Record<Fault, number>> = { ...workerFaults, ...(options.brokers && brokerFaults) };
  const plan: Step[] = [];
  for (let atMs = 1_000; atMs < endMs; ) {
    const fault = random.weighted(faults as Record<Fault, number>);
    plan.push(step(random, atMs, fault, random.between(...lasting[fault])));
    // Now and then it is calm for long enough to see the recovery through.
    atMs += random.next() < 0.2 ? random.between(10_000, 16_000) : random.between(500, 5_000);
  }
  return plan;
}

function step(random: Random, atMs: number, fault: Fault, forMs: number): Step {
  return { atMs, fault, whom: random.next(), forMs };
}

function every(ms: number, endMs: number, make: (atMs: number, index: number) => Step): Step[] {
  return ms === 0 ? [] : Array.from({ length: Math.floor(endMs / ms) }, (_, index) => make((index + 1) * ms, index));
}
