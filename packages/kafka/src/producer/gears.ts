import type { TransportError } from '@weir/core/internal/errors';
import type { Clock } from '@weir/core/internal/time';
import type { Logger } from '../driver/client-log.js';
import type { DriverProducer } from '../driver/driver-types.js';
import type { Gear, GearOptions } from './gear.js';
import type { Outbound } from './outbound.js';

/** How long between two attempts to open a gear while the broker is away. */
const openAgainMs = 1_000;

/** What a gear tells its producer of. */
export type GearEvents = Omit<GearOptions, 'driver'>;

export interface GearsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: GearEvents;
  /** The gear to begin with: one that is hot; for a transactional producer one that tells of what it is asked about. */
  readonly first: (events: GearEvents) => Gear;
  /** Opens the reporting gear. */
  readonly openReporting: (events: GearEvents) => Promise<Gear>;
}

/**
 * The clients of a producer: one, or two. Where the first tells of what it is asked about, it takes everything. Otherwise what is appended goes
 * through the hot one, and what needs a report through the other.
 */
export class Gears {
  #hot: Gear;
  readonly #options: GearsOptions;
  #reporting: Gear | undefined;
  #isClosed = false;

  constructor(options: GearsOptions) {
    this.#options = options;
    this.#hot = options.first(options.events);
    if (this.#hot.reports !== 'failures') this.#reporting = this.#hot;
  }

  get hot(): Gear {
    return this.#hot;
  }

  /** Another client takes the place of the only one. Who waits for a message hears the reason. @returns the former client, to be closed */
  replace(first: GearsOptions['first'], reason: TransportError): DriverProducer {
    const former = this.#hot;
    former.discard(reason);
    former.close(reason);
    this.#hot = first(this.#options.events);
    this.#reporting = this.#hot;
    return former.driver;
  }

  /** Whether what is appended has to go through the gear that tells of every message. */
  get areReporting(): boolean {
    if (this.hot.reports === 'asked' || this.#reporting === undefined) return false;
    return this.hot.reports === 'all' || this.#reporting.outstanding > 0;
  }

  /** The gear of a message for which `areReady`. */
  for(message: Outbound): Gear {
    return message.outcome !== undefined || this.areReporting ? this.#reporting! : this.hot;
  }

  /** Whether the message's gear is there and may go without overtaking the other. */
  areReady(message: Outbound): boolean {
    if (message.outcome === undefined || this.hot.reports !== 'failures') return true;
    return this.#reporting !== undefined && !this.hot.isDirty;
  }

  async flush(): Promise<void> {
    await Promise.all([this.hot.flush(), this.#reporting?.flush()]);
  }

  /** From hot to reporting. */
  async change(): Promise<void> {
    const { clock, logger, events, openReporting } = this.#options;
    await this.hot.flush().catch(() => undefined);
    while (this.#reporting === undefined && !this.#isClosed) {
      try {
        this.#reporting = await openReporting(events);
      } catch (thrown) {
        logger.warn({ err: thrown }, 'cannot open the producer that reports deliveries; trying again');
        await clock.sleep(openAgainMs);
      }
    }
  }

  /** Ends waiting flushes. @returns the clients to close */
  close(reason: TransportError): DriverProducer[] {
    this.#isClosed = true;
    const gears = [...new Set([this.hot, ...(this.#reporting === undefined ? [] : [this.#reporting])])];
    for (const gear of gears) gear.close(reason);
    return gears.map(({ driver }) => driver);
  }
}
