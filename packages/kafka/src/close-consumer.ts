import { reason } from '@weir/core/errors';
import type { Clock } from '@weir/core/time';
import type { Logger } from './client-log.js';
import { called, type DriverConsumer } from './driver-types.js';
import { leaveBehind } from './left-behind.js';
import { within } from './within.js';

/** How long after the last thing it did the client may take to ask for the partitions back. It does so by itself, without the broker. */
const revokeMs = 5_000;
/** How long leaving the group may take. */
const disconnectMs = 10_000;
/** How long a listener may take: its own limits are shorter. */
const listenerMs = 60_000;
const lookMs = 10;

export interface ClosingConsumer {
  readonly driver: DriverConsumer;
  readonly isMember: boolean;
  /** Whether it has a name, and leaves its place all the same. */
  readonly givesUpItsPlace: boolean;
  /** Asks the listener for all partitions, without the group. */
  readonly handOver: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether no partition is ours any more and no listener is at work. */
  readonly isHandedOver: () => boolean;
  /** Whether a listener is at work. */
  readonly isBusy: () => boolean;
  /** Makes sure that the client is served. */
  readonly serve: () => void;
  /** Ends polls and commits, and resolves when no message is on its way. */
  readonly silence: () => Promise<void>;
}

/**
 * Hands over, leaves the group and closes the client. In this order: once the client is closing, it refuses the commits
 * that the listener makes for the partitions it hands over.
 *
 * It is `disconnect` that leaves: also in the middle of a rebalance, and not where the member has a name that keeps its
 * place (KIP-345). `unsubscribe` leaves whatever the name is, but later than it returns: see `hasLeft`.
 */
export async function closeConsumer(closing: ClosingConsumer): Promise<void> {
  const { driver, isMember, givesUpItsPlace, handOver, clock, logger, serve, silence } = closing;
  try {
    if (isMember) {
      if (givesUpItsPlace) driver.unsubscribe();
      else handOver();
      serve();
      await handedOver(closing);
      if (givesUpItsPlace) hasLeft(driver);
    } else {
      driver.unassign();
    }
  } catch (thrown) {
    logger.debug({ err: thrown }, `cannot hand over: ${reason(thrown)}`);
  }
  await silence();
  const closed = called((done) => driver.disconnect(done)).then(
    () => true,
    (thrown) => {
      logger.debug({ err: thrown }, `cannot leave in good order: ${reason(thrown)}`);
      return true;
    },
  );
  const isClosed = await within(clock, disconnectMs, closed, false);
  if (isClosed) return;
  logger.warn(`the Kafka consumer did not close in ${disconnectMs / 1_000} s; left behind`);
  leaveBehind(closed);
}

/** The client must ask for the partitions soon; the listener may take its time to give them. */
async function handedOver({ isHandedOver, isBusy, clock, logger, serve }: ClosingConsumer): Promise<void> {
  const asked = clock.now() + revokeMs;
  const given = clock.now() + listenerMs;
  while (!isHandedOver()) {
    if (clock.now() > (isBusy() ? given : asked)) {
      logger.warn(
        `partitions were not handed over in time (${isBusy() ? 'the listener is still at work' : 'the client did not ask for them'}); closing all the same`,
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
