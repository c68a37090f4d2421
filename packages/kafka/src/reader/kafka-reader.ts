import { LifecycleError, reason, TransportError } from '@weir/core/internal/errors';
import type { TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { Batch, LogEnds, Reader, ReaderOptions, StartPosition } from '@weir/core/internal/transport';
import type { ClientLog, Logger } from '../client-log.js';
import { disconnectConsumer } from '../close-consumer.js';
import type { DriverAdmin, DriverConsumer } from '../driver-types.js';
import { codes, hasCode, transportError } from '../errors.js';
import { Fetcher } from '../fetcher.js';
import { logical } from '../offsets.js';
import { PartitionMap, plain } from '../partitions.js';
import type { Report, Source } from '../source.js';
import { askEnds } from './log-ends.js';
import { Silence } from './silence.js';
import { type Start, type Track, Tracks } from './tracks.js';

const pollMs = 1_000;

export interface KafkaReaderOptions extends ReaderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks for the ends of logs. It is the transport's. */
  readonly admin: DriverAdmin;
  /** Told when it is closed. */
  readonly closed: () => void;
}

/** A reader on a client of librdkafka of its own, which joins no group. */
export class KafkaReader implements Reader {
  readonly #options: KafkaReaderOptions;
  readonly #tracks = new Tracks();
  readonly #fetcher: Fetcher;
  readonly #silence: Silence;
  /** What the driver reads. */
  readonly #given = new PartitionMap<true>();
  readonly #reports: Report[] = [];
  #driver!: DriverConsumer;
  #log!: ClientLog;
  #failure: TransportError | undefined;
  #isWoken = false;
  #isPolling = false;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(options: KafkaReaderOptions) {
    const { clock, logger, admin, isolation = 'committed' } = options;
    this.#options = options;
    this.#fetcher = new Fetcher({ clock, failed: (report) => this.#reports.push(report as Report) });
    this.#silence = new Silence({
      ...{ tracks: this.#tracks, isolation, clock, logger },
      ends: (partitions) => askEnds(admin, clock, partitions),
      restart: (tracks) => this.#restart(tracks),
      found: this.#fetcher.arrivals.raise,
    });
  }

  /** The callbacks that the driver's consumer must be made with. */
  get callbacks(): Readonly<Record<string, unknown>> {
    return { queue_non_empty_cb: this.#fetcher.arrivals.raise };
  }

  /** Takes over a client that is being connected. */
  use(driver: DriverConsumer, log: ClientLog): void {
    this.#driver = driver;
    this.#log = log;
  }

  /** Reads from here on, now that the client is connected. */
  readFrom(source: Source): void {
    this.#fetcher.use(source);
  }

  async add(positions: readonly StartPosition[]): Promise<void> {
    this.#mustBeOpen();
    const starts = await this.#starts(positions);
    this.#mustBeOpen();
    await this.#change(starts, starts);
  }

  async remove(partitions: readonly TopicPartition[]): Promise<void> {
    this.#mustBeOpen();
    await this.#change(partitions, []);
  }

  async poll(): Promise<readonly Batch[]> {
    this.#mustBeOpen();
    if (this.#isPolling) throw new LifecycleError('poll was called while another poll waits');
    const { arrivals } = this.#fetcher;
    const { clock, maxPollMessages = 1_000 } = this.#options;
    const until = clock.now() + pollMs;
    this.#isPolling = true;
    try {
      for (;;) {
        this.#silence.look();
        const fault = this.#failure ?? this.#tracks.fault;
        if (fault !== undefined) throw await slowly(fault);
        arrivals.lower();
        const batches = this.#tracks.read(await this.#fetcher.fetch(maxPollMessages), clock.now());
        const hasMoved = this.#listen();
        if (this.#isClosed) return [];
        const leftMs = until - clock.now();
        if (batches.length > 0 || hasMoved || this.#isWoken || leftMs <= 0) return batches;
        if (this.#tracks.fault === undefined) await arrivals.wait(leftMs);
      }
    } finally {
      this.#isWoken = false;
      this.#isPolling = false;
    }
  }

  wake(): void {
    this.#isWoken = this.#isPolling;
    this.#fetcher.arrivals.raise();
  }

  position(partition: TopicPartition): number | undefined {
    return this.#tracks.get(partition)?.position;
  }

  async ends(partitions: readonly TopicPartition[]): Promise<readonly LogEnds[]> {
    this.#mustBeOpen();
    const answers = await askEnds(this.#options.admin, this.#options.clock, partitions);
    return answers.map((answer) => {
      if (answer instanceof TransportError) throw answer;
      return answer;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock, logger, closed } = this.#options;
    this.#isClosed = true;
    this.#tracks.clear();
    this.#fetcher.close();
    await this.#fetcher.settled();
    try {
      this.#driver.unassign();
    } catch (thrown) {
      logger.debug({ err: thrown }, `cannot give up what is read: ${reason(thrown)}`);
    }
    await disconnectConsumer(this.#driver, clock, logger);
    closed();
  }

  /** Where to begin, as the driver takes it; of two places for a partition the last. The end is asked for: librdkafka would look it up at some later time. */
  async #starts(positions: readonly StartPosition[]): Promise<readonly Start[]> {
    const latest = positions.filter(({ offset }) => offset === 'latest');
    const ends = await this.ends(latest);
    const { isolation = 'committed' } = this.#options;
    const starts = new PartitionMap<Start>();
    for (const { offset, ...at } of positions)
      if (offset !== 'latest') starts.set(at, { ...plain(at), offset: offset === 'earliest' ? logical.beginning : offset });
    for (const [index, at] of latest.entries())
      starts.set(at, { ...plain(at), offset: isolation === 'committed' ? ends[index]!.stable : ends[index]!.high });
    return starts.keys().map((at) => starts.get(at)!);
  }

  /** Gives up partitions, then begins others. What is on its way of those that are given up is let in and dropped. */
  async #change(left: readonly TopicPartition[], begun: readonly Start[]): Promise<void> {
    for (const at of left) this.#tracks.end(at);
    await this.#fetcher.exclusively(async () => {
      if (this.#isClosed) return;
      const given = left.filter((at) => this.#given.has(at));
      try {
        if (given.length > 0) this.#driver.incrementalUnassign(given.map(plain));
        for (const at of left) this.#given.delete(at);
        if (begun.length > 0) this.#driver.incrementalAssign(begun);
      } catch (thrown) {
        throw transportError(thrown, 'cannot change what is read', 'CLIENT_FATAL');
      }
      for (const at of left) this.#tracks.end(at);
      for (const start of begun) {
        this.#given.set(start, true);
        this.#tracks.begin(start, this.#options.clock.now());
      }
    });
    this.#fetcher.arrivals.raise();
  }

  async #restart(tracks: readonly Track[]): Promise<void> {
    for (const { at } of tracks)
      this.#log.warn('silent', `nothing comes of ${at.topic}[${at.partition}]; it is read anew from where it stands`);
    const starts = tracks.map(({ start, position = start.offset }) => ({ ...plain(start), offset: position }));
    await this.#change(starts, starts);
  }

  /** Takes note of what the client has reported. @returns whether a position has moved on without a message */
  #listen(): boolean {
    const now = this.#options.clock.now();
    let hasMoved = false;
    for (const report of this.#reports.splice(0)) {
      hasMoved = this.#tracks.heard(report, now) || hasMoved;
      this.#judge(report);
    }
    return hasMoved;
  }

  #judge(report: Report): void {
    // It has no group, though the driver wants the name of one.
    if (hasCode(report, codes.partitionEnd, codes.noReset, codes.groupForbidden)) return;
    const error = transportError(report, 'the reader reports', 'BROKER_UNREACHABLE');
    if (error.fatal) this.#failure ??= error;
    else if (hasCode(report, codes.topicForbidden, codes.clusterForbidden))
      this.#failure ??= new TransportError(error.message, { code: 'AUTHENTICATION_FAILED', cause: report, fatal: true });
    else this.#log.warn(error.message, error.message);
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new LifecycleError('the reader is closed');
  }
}

/** An error after a turn of the event loop, so that a loop that goes on polling does not starve the process. */
async function slowly(error: TransportError): Promise<TransportError> {
  await new Promise(setImmediate);
  return error;
}
