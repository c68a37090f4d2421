import { LifecycleError, TransportError } from '@weir/core/internal/errors';
import { formatPosition, type Position } from '@weir/core/internal/positions';
import type { Cancel, Clock } from '@weir/core/internal/time';
import type { GroupPosition } from '@weir/core/internal/transport';
import type { DriverError, DriverPartition } from '../driver/driver-types.js';
import { codes, hasCode, transportError } from '../driver/errors.js';
import { driverOffsets } from '../driver/offsets.js';

/** How long the broker may take. librdkafka itself tries for longer; what comes later finds nobody waiting. */
const commitMs = 10_000;

interface Request {
  readonly offsets: readonly GroupPosition[];
  resolve(): void;
  reject(error: TransportError): void;
}

export interface CommitsOptions {
  readonly clock: Clock;
  readonly commit: (offsets: readonly DriverPartition[]) => void;
  /** Whether the group lets us commit for this partition. */
  readonly owns: (offset: Position) => boolean;
}

/** Commits one after the other, and tells of each when the broker has confirmed it. */
export class Commits {
  readonly #options: CommitsOptions;
  readonly #waiting: Request[] = [];
  #current: Request | undefined;
  #cancelLimit: Cancel = () => undefined;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** Whether the broker owes us an answer. */
  get isOutstanding(): boolean {
    return this.#current !== undefined;
  }

  commit(offsets: readonly GroupPosition[]): Promise<void> {
    if (offsets.length === 0) return Promise.resolve();
    const wrong = offsets.find(({ offset }) => !Number.isSafeInteger(offset) || offset < 0);
    if (wrong !== undefined)
      return Promise.reject(new LifecycleError(`cannot commit ${formatPosition(wrong)}: an offset is a whole number from 0`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ offsets, resolve, reject });
      this.#next();
    });
  }

  /** The broker's answer, from `offset_commit_cb`. */
  answered(error: DriverError | undefined, offsets: readonly DriverPartition[]): void {
    const request = this.#current;
    if (request === undefined || !isAnswerTo(request, offsets)) return;
    const failure = error ?? offsets.find((offset) => offset.error !== undefined)?.error;
    this.#finish(failure === undefined ? undefined : refused(failure, request.offsets));
  }

  /** Rejects what is waiting. */
  close(): void {
    const gone = (): TransportError =>
      new TransportError('the consumer was closed before the broker confirmed the commit', { code: 'COMMIT_FAILED' });
    for (const request of this.#waiting.splice(0)) request.reject(gone());
    if (this.#current !== undefined) this.#finish(gone());
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const request = this.#waiting.shift();
    if (request === undefined) return;
    this.#current = request;
    const foreign = request.offsets.find((offset) => !this.#options.owns(offset));
    if (foreign !== undefined) this.#finish(notOurs(foreign));
    else this.#ask(request);
  }

  #ask({ offsets }: Request): void {
    this.#cancelLimit = this.#options.clock.after(commitMs, () => this.#finish(late(offsets)));
    try {
      this.#options.commit(driverOffsets(offsets));
    } catch (thrown) {
      this.#finish(refused(thrown, offsets));
    }
  }

  #finish(failure: TransportError | undefined): void {
    const request = this.#current!;
    this.#current = undefined;
    this.#cancelLimit();
    if (failure === undefined) request.resolve();
    else request.reject(failure);
    this.#next();
  }
}

/** Whether an answer is not one to an earlier request that we gave up. */
function isAnswerTo({ offsets }: Request, answer: readonly DriverPartition[]): boolean {
  return (
    offsets.length === answer.length &&
    answer.every(({ topic, partition, offset }) =>
      offsets.some((asked) => asked.topic === topic && asked.partition === partition && asked.offset === offset),
    )
  );
}

function refused(thrown: unknown, offsets: readonly GroupPosition[]): TransportError {
  const doing = `cannot commit ${describe(offsets)}`;
  if (!hasCode(thrown, codes.illegalGeneration, codes.unknownMember, codes.staleMemberEpoch, codes.fencedMemberEpoch, codes.fencedInstance))
    return transportError(thrown, doing, 'COMMIT_FAILED');
  return new TransportError(`${doing}: the group has moved on without this member`, { code: 'COMMIT_FAILED', cause: thrown });
}

/** The partition is not, or no longer, this member's. */
export function notOurs(offset: Position): TransportError {
  return new TransportError(`cannot commit ${formatPosition(offset)}: the partition is not assigned to this member`, {
    code: 'COMMIT_FAILED',
  });
}

function late(offsets: readonly GroupPosition[]): TransportError {
  return new TransportError(`cannot commit ${describe(offsets)}: no answer from the broker in ${commitMs / 1_000} s`, {
    code: 'COMMIT_FAILED',
    retriable: true,
  });
}

function describe(offsets: readonly GroupPosition[]): string {
  const first = formatPosition(offsets[0]!);
  return offsets.length === 1 ? first : `${first} and ${offsets.length - 1} more`;
}
