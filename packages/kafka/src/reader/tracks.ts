import { TransportError } from '@weir/core/internal/errors';
import { formatPosition, type TopicPartition } from '@weir/core/internal/positions';
import type { Batch } from '@weir/core/internal/transport';
import type { DriverPartition } from '../driver-types.js';
import { codes, hasCode } from '../errors.js';
import { PartitionMap, plain } from '../partitions.js';
import type { Report } from '../source.js';

/** Where to begin, as the driver takes it. */
export type Start = DriverPartition & { readonly offset: number };

/** A partition that is read. */
export class Track {
  /** The offset to be read next; undefined until it is known where the log begins. */
  position: number | undefined;
  /** Whether the client has said that there is nothing more. */
  isAtEnd = false;
  /** Why it cannot be read. */
  fault: TransportError | undefined;
  /** When something came of it last, or the broker was asked about it; in milliseconds of the clock. */
  knownAt: number;
  /** Since when the broker is known to have more, though nothing comes. */
  behindSince: number | undefined;

  constructor(
    readonly start: Start,
    now: number,
  ) {
    this.knownAt = now;
    if (start.offset >= 0) this.position = start.offset;
  }

  get at(): TopicPartition {
    return plain(this.start);
  }
}

/** The partitions that a reader reads, and how far it is with each. */
export class Tracks {
  readonly #tracks = new PartitionMap<Track>();
  readonly #faults = new Set<Track>();

  get(at: TopicPartition): Track | undefined {
    return this.#tracks.get(at);
  }

  all(): Track[] {
    return this.#tracks.keys().map((at) => this.#tracks.get(at)!);
  }

  /** Why one of them cannot be read. */
  get fault(): TransportError | undefined {
    return this.#faults.values().next().value?.fault;
  }

  begin(start: Start, now: number): void {
    this.end(start);
    this.#tracks.set(start, new Track(start, now));
  }

  end(at: TopicPartition): void {
    const track = this.#tracks.get(at);
    if (track !== undefined) this.#faults.delete(track);
    this.#tracks.delete(at);
  }

  clear(): void {
    for (const at of this.#tracks.keys()) this.end(at);
  }

  fail(track: Track, fault: TransportError): void {
    if (this.#tracks.get(track.at) !== track) return;
    track.fault = fault;
    this.#faults.add(track);
  }

  /** Takes note of what has come. Gives those that are read. */
  read(batches: readonly Batch[], now: number): readonly Batch[] {
    return batches.filter((batch) => {
      const track = this.#tracks.get(batch);
      if (track === undefined) return false;
      track.position = batch.offset(batch.length - 1) + 1;
      track.isAtEnd = false;
      track.knownAt = now;
      track.behindSince = undefined;
      return true;
    });
  }

  /**
   * Takes note of a report, after the messages that came with it.
   * @returns whether a position has moved on
   */
  heard(report: Report, now: number): boolean {
    if (hasCode(report, codes.partitionEnd)) return this.#ended(report, now);
    if (hasCode(report, codes.noReset)) this.#outOfRange(report);
    return false;
  }

  #ended(report: Report, now: number): boolean {
    const track = this.#of(report);
    const { offset = -1 } = report;
    if (track === undefined || offset < (track.position ?? 0)) return false;
    const hasMoved = track.position !== offset;
    track.position = offset;
    track.isAtEnd = true;
    track.knownAt = now;
    track.behindSince = undefined;
    return hasMoved;
  }

  /** A report of before it was added anew names another offset. */
  #outOfRange(report: Report): void {
    const track = this.#of(report);
    if (track !== undefined && report.offset === track.position) this.fail(track, outOfRange(track, report.message));
  }

  #of({ topic, partition }: Report): Track | undefined {
    return topic === undefined || partition === undefined ? undefined : this.#tracks.get({ topic, partition });
  }
}

export function outOfRange({ at, position }: Track, why: string): TransportError {
  return new TransportError(`cannot read ${formatPosition({ ...at, offset: position })}: ${why}`, {
    ...{ code: 'OFFSET_OUT_OF_RANGE', partition: at },
  });
}
