import { eventTimes } from '../records/index.js';
import { fieldUnder, withParentheses } from './placement.js';

/**
 * Declares the field of a record that tells when the event has happened: windows and joins go by it instead of the timestamp of the message. A number of
 * milliseconds since 1970, or a Date. One field of a record.
 */
export function EventTime(...bare: readonly never[]): (declaring: object, field: string | symbol) => void {
  withParentheses('@EventTime', bare.length > 0, bare);
  return (...placed) => {
    const { declaring, field } = fieldUnder('@EventTime', placed);
    eventTimes.add(declaring, field, true);
  };
}
