import { reason, TransportError } from '@weir/core/internal/errors';
import type { ClientLog } from '../driver/client-log.js';
import { codes, driverError, hasCode, transportError } from '../driver/errors.js';

/** What a consumer reports in place of messages: logged once in a while, and given back when the client cannot go on. */
export function report(thrown: unknown, log: ClientLog): TransportError | undefined {
  if (hasCode(thrown, codes.topicMissing, codes.unknownTopic, codes.unknownPartition, codes.invalidTopic)) {
    log.warn(
      'topic missing',
      'a subscribed topic does not exist; it is read as soon as it is created (weir topics lists what the app needs)',
    );
    return undefined;
  }
  if (hasCode(thrown, codes.maxPollExceeded)) {
    log.warn('max poll', 'the group gave up on this member: it was not polled for max.poll.interval.ms. It joins again');
    return undefined;
  }
  if (hasCode(thrown, codes.noOffset, codes.noReset))
    return new TransportError(
      `it is not known where to begin: ${reason(driverError(thrown))}. auto.offset.reset is 'error': say 'earliest' or 'latest', or commit an offset`,
      { code: 'OFFSET_MISSING', cause: thrown, fatal: true },
    );
  const error = transportError(thrown, 'the consumer reports', 'BROKER_UNREACHABLE');
  if (error.fatal) return error;
  if (hasCode(thrown, codes.topicForbidden, codes.groupForbidden, codes.clusterForbidden))
    return new TransportError(error.message, { code: 'AUTHENTICATION_FAILED', cause: thrown, fatal: true });
  log.warn(error.message, error.message);
  return undefined;
}
