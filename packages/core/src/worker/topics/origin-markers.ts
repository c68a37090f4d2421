import type { Outputs } from '../../attempts/index.js';
import type { Assignment } from '../../partitions/index.js';
import { writeOrigin } from '../../streams/index.js';
import { type Cancel, type Clock, inRounds } from '../../time/index.js';
import type { OriginOfTime } from '../wiring.js';

/** How often it is told how far time has come. */
const tellMs = 1_000;
/** After so many times it is told again though it stands still: a transaction may have been aborted. */
const againAfter = 10;

export interface OriginMarkersParts {
  readonly assignment: Assignment;
  readonly outputs: Pick<Outputs, 'append'>;
  readonly clock: Clock;
  /** By the repartition topics. */
  readonly origins: ReadonlyMap<string, OriginOfTime>;
  /** How many partitions a repartition topic has. */
  readonly partitionsOf: (topic: string) => number | undefined;
}

/** Tells all partitions of repartition topics how far time has come in the partitions that are ours: also those that get no message from there. */
export class OriginMarkers {
  readonly #parts: OriginMarkersParts;
  /** What was told last, by topic and partition of the origin, and how often it was passed over since. */
  readonly #told = new Map<string, { readonly watermark: number; passed: number }>();
  #cancel: Cancel = () => {};

  constructor(parts: OriginMarkersParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#parts.origins.size > 0)
      this.#cancel = inRounds(this.#parts.clock, tellMs, async () => {
        this.#tell();
      });
  }

  stop(): void {
    this.#cancel();
  }

  #tell(): void {
    const { assignment, origins, partitionsOf } = this.#parts;
    for (const [topic, { origin, time }] of origins)
      for (const from of assignment)
        if (from.topic === origin.name) this.#tellOf(from.partition, topic, time(from), partitionsOf(topic) ?? 0);
  }

  #tellOf(partition: number, topic: string, watermark: number, partitions: number): void {
    const name = `${topic} ${partition}`;
    if (watermark === Number.NEGATIVE_INFINITY) return;
    const told = this.#told.get(name);
    if (told?.watermark === watermark && ++told.passed < againAfter) return;
    this.#told.set(name, { watermark, passed: 0 });
    const headers = [writeOrigin({ partition, watermark })];
    for (let to = 0; to < partitions; to++) this.#parts.outputs.append(topic, null, null, to, undefined, headers);
  }
}
