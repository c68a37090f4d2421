import type { Clock } from '@weir/core/internal/time';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer } from '../driver/driver-types.js';

/** How long after the last thing it did the client may take to ask for the partitions back. It does so by itself, without the broker. */
const revokeMs = 5_000;
/** How long a listener may take: its own limits are shorter. */
const listenerMs = 60_000;
const lookMs = 10;

export interface LeavingMember {
  readonly driver: DriverConsumer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether no partition is ours any more and no listener is at work. */
  readonly isHandedOver: () => boolean;
  /** Whether a listener is at work. */
  readonly isBusy: () => boolean;
  /** Whether the client has partitions: while it does, it has not left. */
  readonly isReading: () => boolean;
  /** Makes sure that the client is served. */
  readonly serve: () => void;
}

/** Hands over and leaves the group, whatever the name of the member is. The client may join again. */
export async function leaveGroup(leaving: LeavingMember): Promise<void> {
  leaving.driver.unsubscribe();
  await handedOver({ ...leaving, isHandedOver: () => leaving.isHandedOver() && !leaving.isReading() });
  hasLeft(leaving.driver);
}

/** The client must ask for the partitions soon; the listener may take its time to give them. */
export async function handedOver({ isHandedOver, isBusy, clock, logger, serve }: LeavingMember): Promise<void> {
  serve();
  const asked = clock.now() + revokeMs;
  const given = clock.now() + listenerMs;
  while (!isHandedOver()) {
    if (clock.now() > (isBusy() ? given : asked)) {
      logger.warn(
        `partitions were not handed over in time (${isBusy() ? 'the listener is still at work' : 'the client did not ask for them'}); they are given up all the same`,
      );
      return;
    }
    serve();
    await clock.sleep(lookMs);
  }
}

/**
 * Once it has begun to close, librdkafka (2.15) forgets to leave for partitions that it is still stopping. They are stopped by
 * its main thread, one request after the other: each answered question lets it get one step further (stop, stopped, leave).
 */
function hasLeft(driver: DriverConsumer): void {
  for (let step = 0; step < 3; step += 1) driver.subscription();
}
