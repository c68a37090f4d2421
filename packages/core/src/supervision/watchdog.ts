import type { Logger } from 'pino';
import { reason, TransportError } from '../errors/index.js';
import type { Observers } from '../observers/index.js';
import type { AssignedPartition, Assignment } from '../partitions/index.js';
import { formatPosition, type Position, type TopicPartition } from '../positions/index.js';
import { type Cancel, type Clock, formatMs } from '../time/index.js';
import type { Consumer, Transport } from '../transport/index.js';
import { Unread } from './unread.js';

/** What a watchdog looks after, and what it may do. */
export interface WatchdogParts {
  readonly assignment: Assignment;
  readonly consumer: Consumer;
  readonly transport: Pick<Transport, 'reader'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
  /** How long a partition with work may make no progress, in milliseconds. */
  readonly stallMs: number;
  /** Whether no event begins until a checkpoint has committed what is changed. */
  readonly uncommitted: { readonly isFull: boolean };
  /** Reads a partition on from a position, with no message from before under way; unless it has moved meanwhile. */
  readonly readAnew: (partition: AssignedPartition, from: Position) => Promise<void>;
  readonly fail: (error: Error) => void;
}

/** How often it looks within the time that a partition may stand still. */
const LOOKS = 4;

/** What was seen of a partition when it last moved. */
interface Sight {
  readonly position: number;
  readonly done: number;
  readonly at: number;
  isHealed: boolean;
  /** The end of its log, where nothing lies before that but the ends of transactions. */
  emptyTo?: number;
}

/**
 * Sees that no partition stands still in silence. Messages that the broker has and does not give: read on from the same place, and when that
 * does not help the worker ends. A handler that runs for long: named, with its event; ending it is what `handlerTimeout` is for.
 */
export class Watchdog {
  readonly #parts: WatchdogParts;
  readonly #unread: Unread;
  readonly #sights = new WeakMap<AssignedPartition, Sight>();
  #cancel: Cancel = () => {};
  /** When it was said last that no broker answers. */
  #awaySaidAt: number | undefined;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
    this.#unread = new Unread(parts.transport, parts.clock);
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(this.#parts.stallMs / LOOKS, () => {
      void this.look().then(() => this.start());
    });
  }

  stop(): void {
    this.#cancel();
    this.start = () => {};
  }

  /** Looks at every partition once. */
  async look(): Promise<void> {
    await this.#lookAtAll();
    await this.#unread.close();
  }

  async #lookAtAll(): Promise<void> {
    for (const partition of this.#parts.assignment) {
      try {
        await this.#lookAt(partition);
      } catch (error) {
        // The others would wait as long for an answer, and get none either.
        if (error instanceof TransportError && error.code === 'BROKER_UNREACHABLE') return this.#away(partition, error);
        this.#parts.logger.debug({ at: formatPosition(partition), error: reason(error) }, 'cannot tell whether the partition stands still');
      }
    }
    if (this.#awaySaidAt !== undefined) this.#parts.logger.warn('a broker answers again');
    this.#awaySaidAt = undefined;
  }

  /** The client keeps trying, for ever if need be: that must be heard of. */
  #away(partition: AssignedPartition, error: TransportError): void {
    const { clock, logger, stallMs } = this.#parts;
    const now = clock.now();
    if (this.#awaySaidAt !== undefined && now - this.#awaySaidAt < stallMs) return;
    this.#awaySaidAt = now;
    const stillMs = now - (this.#sights.get(partition)?.at ?? now);
    logger.error(
      { error: error.message },
      `no broker answers, and ${formatPosition(partition)} has stood still for ${formatMs(stillMs)}: trying on. Nothing is lost: what is not committed runs again`,
    );
  }

  async #lookAt(partition: AssignedPartition): Promise<void> {
    const { clock, stallMs } = this.#parts;
    const seen = this.#sights.get(partition);
    const done = partition.done;
    if (seen === undefined || seen.position !== partition.position || seen.done !== done) {
      this.#sights.set(partition, { position: partition.position, done, at: clock.now(), isHealed: false });
      return;
    }
    const stillMs = clock.now() - seen.at;
    if (stillMs < stallMs) return;
    if (partition.isIdle) await this.#stalled(partition, seen, stillMs);
    else if (this.#parts.uncommitted.isFull) await this.#uncommittable(partition, stillMs);
    else this.#name(partition, stillMs);
  }

  /** Nothing runs and nothing waits: are there messages that do not come? */
  async #stalled(partition: AssignedPartition, seen: Sight, stillMs: number): Promise<void> {
    const { consumer, observers, fail, readAnew } = this.#parts;
    if (partition.pausedFor.size > 0) return;
    const { low, high } = await consumer.watermarks(partition);
    const before = partition.position;
    const position = before === -1 ? Math.max(low, (await consumer.committed([partition]))[0].offset) : before;
    if (position >= high || partition.position !== before || !this.#parts.assignment.has(partition)) return;
    if (high === seen.emptyTo) return;
    if (!(await this.#unread.has({ ...at(partition), offset: position }))) {
      seen.emptyTo = high;
      return;
    }
    if (partition.position !== before || !this.#parts.assignment.has(partition)) return;
    if (seen.isHealed) {
      const what = `${formatPosition({ ...at(partition), offset: position })} has messages up to ${high} and none has come for ${formatMs(stillMs)}, also not after reading anew`;
      fail(
        new TransportError(`${what}. Look at the broker that leads the partition; a supervisor should start the worker again`, {
          code: 'PARTITION_STALLED',
          fatal: true,
        }),
      );
      return;
    }
    seen.isHealed = true;
    this.#sights.set(partition, { ...seen, at: this.#parts.clock.now(), isHealed: true });
    observers.tell('stalled', { ...at(partition), ms: stillMs, unread: { position, end: high } });
    await readAnew(partition, { ...at(partition), offset: position });
  }

  /** Tables have changed as much as they may, and no checkpoint commits it. While no broker answers that is why, and it is waited for. */
  async #uncommittable(partition: AssignedPartition, stillMs: number): Promise<void> {
    await this.#parts.consumer.watermarks(partition);
    if (!this.#parts.uncommitted.isFull) return;
    const what = `${formatPosition(partition)} has messages and takes none since ${formatMs(stillMs)}: tables have changed as much as they may, and no checkpoint could commit it`;
    const error = `${what}. The log says above why; nothing is lost, and a supervisor should start the worker again`;
    this.#parts.fail(new TransportError(error, { code: 'PARTITION_STALLED', fatal: true }));
  }

  /** Says which event holds a partition up. */
  #name(partition: AssignedPartition, stillMs: number): void {
    const { oldest } = partition;
    const running = oldest && { agent: oldest.agent, at: { ...at(oldest), offset: oldest.offset } };
    this.#parts.observers.tell('stalled', { ...at(partition), ms: stillMs, ...(running && { running }) });
  }
}

function at({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}
