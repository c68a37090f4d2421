import type { TransportError } from '@weir/core/internal/errors';
import type { Position, TopicPartition } from '@weir/core/internal/positions';
import { type AssignmentListener, TopicSets } from '@weir/core/internal/transport';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { plain } from '../driver/partitions.js';
import { ManualClock } from '../manual-clock.fixture.js';
import { Assignment } from './assignment.js';
import { Rebalance } from './rebalance.js';
import { Starts } from './starts.js';

export const both = [
  { topic: 't', partition: 0 },
  { topic: 't', partition: 1 },
];

/** What the client is up to; may be changed in the middle of a test. */
export interface FakeDriver {
  protocol: string;
  isLost?: boolean;
  /** Whether it refuses what it is told. */
  fails?: boolean;
  isConnected?: boolean;
  places?: unknown;
  /** What the client has, where the test knows better than what it was told. It takes and releases all of a list or nothing. */
  assigned?: TopicPartition[];
  /** How far the group has come, by partition; those beyond cannot be told. @default 7 for all */
  committed?: readonly number[];
  /** Whether a broker says where logs begin and end: at 3 and 12. @default true */
  knowsEnds?: boolean;
  /** What the answer waits for to the question how far the group has come. */
  answering?: Promise<void>;
}

/** A member of a group, with the test in the place of the client. Logged and `failed` go to `said` and `failures`, how many partitions there are after each change to `changes`, negative where the group may not know of it. */
export function make(driver: FakeDriver, hooks: Partial<AssignmentListener> = {}, sets: readonly (readonly string[])[] = []) {
  const calls: string[] = [];
  const said: string[] = [];
  const failures: TransportError[] = [];
  const changes: number[] = [];
  const answers: string[] = [];
  const begun: string[] = [];
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [level, (_: unknown, message: string) => said.push(`${level}: ${message}`)]),
  ) as unknown as Logger;
  const told = ['assign', 'unassign', 'incrementalAssign', 'incrementalUnassign', 'pause', 'resume'];
  const note = (name: string) => (partitions?: readonly TopicPartition[]) => {
    calls.push(partitions === undefined ? name : `${name} ${partitions.map(labelled).join()}`);
    if (name.endsWith('ssign')) driver.places = partitions;
    // As the driver throws it: an object.
    if (driver.fails && told.includes(name)) throw { message: 'the client says no', code: codes.state };
    if (name.endsWith('ssign')) change(name, partitions ?? []);
  };
  /** As librdkafka does it: all of a list or nothing. */
  const change = (name: string, partitions: readonly TopicPartition[]) => {
    const had = name === 'assign' || name === 'unassign' ? [] : (driver.assigned ?? []);
    const isTaking = !name.toLowerCase().endsWith('unassign');
    const has = (at: TopicPartition) => had.some(({ topic, partition }) => topic === at.topic && partition === at.partition);
    if (partitions.some((at) => has(at) === isTaking)) throw { message: 'the list does not fit', code: codes.invalidArgument };
    const rest = had.filter((at) => !partitions.some(({ topic, partition }) => topic === at.topic && partition === at.partition));
    driver.assigned = isTaking ? [...had, ...partitions.map(plain)] : rest;
  };
  const consumer = {
    ...Object.fromEntries(told.map((name) => [name, note(name)])),
    isConnected: () => driver.isConnected ?? true,
    rebalanceProtocol: () => driver.protocol,
    assignments: () => driver.assigned ?? [],
    assignmentLost: () => driver.isLost ?? false,
    seek: ({ partition, offset }: Position, _: number, done: () => void) => {
      calls.push(`seek ${partition}@${offset}`);
      done();
    },
  } as unknown as DriverConsumer;
  const assignment = new Assignment();
  const clock = new ManualClock();
  const committed = async (partitions: readonly TopicPartition[]) => {
    const offsets = driver.committed ?? [7, 7];
    await driver.answering;
    return partitions.flatMap((at) => offsets.slice(at.partition, at.partition + 1).map((offset) => ({ ...at, offset })));
  };
  const starts = new Starts({
    resumed: () => calls.push('wake'),
    assignment,
    committed,
    endsOf: async (partitions, end) => {
      if (driver.knowsEnds === false) throw new Error('no broker answers');
      return partitions.map((at) => ({ ...at, offset: end === 'beginning' ? 3 : 12 }));
    },
    reset: 'beginning',
    isNew: () => false,
    begins: (positions) => void begun.push(...positions.map((at) => `${labelled(at)}@${at.offset}`)),
    clock,
    logger,
    exclusively: (work) => work(),
  });
  const rebalance = new Rebalance({
    ...{ assignment, sets: new TopicSets(sets), starts, clock, logger },
    answered: () => void answers.push(calls.at(-1)!),
    settled: async () => undefined,
    changed: (isAgreed) => changes.push((isAgreed ? 1 : -1) * assignment.all().length),
    failed: (error) => failures.push(error),
  });
  const listener = Object.fromEntries(['assigned', 'revoked', 'lost'].map((name) => [name, note(name)]));
  rebalance.listen({ ...listener, ...hooks } as unknown as AssignmentListener);
  const event = (code: number) => (partitions: typeof both) => rebalance.changed(consumer, { message: '', code }, partitions);
  return {
    assign: event(codes.assignPartitions),
    revoke: event(codes.revokePartitions),
    calls,
    said,
    failures,
    changes,
    answers,
    begun,
    clock,
    assignment,
    rebalance,
    driver,
  };
}

/** Those of the topic of most tests by their numbers only. */
function labelled({ topic, partition }: TopicPartition): string {
  return topic === 't' ? String(partition) : `${topic}${partition}`;
}
