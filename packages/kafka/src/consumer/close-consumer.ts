import { reason } from '@weir/core/internal/errors';
import { type Clock, within } from '@weir/core/internal/time';
import { closed } from '../driver/calls.js';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer } from '../driver/driver-types.js';
import { leaveBehind } from '../driver/process-end.js';
import { handedOver, type LeavingMember, leaveGroup } from '../group/leave-group.js';

/** How long leaving the group may take. */
const disconnectMs = 10_000;

export interface ClosingConsumer extends LeavingMember {
  readonly isMember: boolean;
  /** Whether it has a name, and leaves the group all the same. */
  readonly givesUpMembership: boolean;
  /** Resolves when the group knows it as a member that can leave. */
  readonly joined: () => Promise<void>;
  /** Asks the listener for all partitions, without the group. */
  readonly handOver: () => void;
  /** Ends polls and commits, and resolves when no message is on its way. */
  readonly silence: () => Promise<void>;
}

/**
 * Hands over, leaves the group and closes the client. In this order: once the client is closing, it refuses the commits
 * that the listener makes for the partitions it hands over.
 *
 * It is `disconnect` that leaves: also in the middle of a rebalance, and not where the member has a name that keeps its
 * membership (KIP-345). `unsubscribe` leaves whatever the name is.
 */
export async function closeConsumer(closing: ClosingConsumer): Promise<void> {
  const { driver, isMember, givesUpMembership, joined, handOver, clock, logger, silence } = closing;
  try {
    if (!isMember) driver.unassign();
    else if (givesUpMembership) {
      await joined();
      await leaveGroup(closing);
    } else {
      handOver();
      await handedOver(closing);
    }
  } catch (thrown) {
    logger.debug({ err: thrown }, `cannot hand over: ${reason(thrown)}`);
  }
  await silence();
  await disconnectConsumer(driver, clock, logger);
}

/** Closes the client, which may not end. */
export async function disconnectConsumer(driver: DriverConsumer, clock: Clock, logger: Logger, limitMs = disconnectMs): Promise<void> {
  const closing = closed(driver, (done) => driver.disconnect(done)).then(
    () => true,
    (thrown) => {
      logger.debug({ err: thrown }, `cannot leave in good order: ${reason(thrown)}`);
      return true;
    },
  );
  const isClosed = await within(clock, limitMs, closing, false);
  if (isClosed) return;
  logger.warn(`a Kafka client did not close in ${limitMs / 1_000} s; left behind`);
  leaveBehind(driver);
}
