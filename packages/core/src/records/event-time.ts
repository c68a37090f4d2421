import { type Class, MemberSlot } from '../metadata/index.js';

/** The fields that carry `@EventTime()`. */
export const eventTimes = new MemberSlot<true>('event-time');

/** The field of a record that tells when what it is about has happened; undefined where none does. */
export function eventTimeField(record: Class): string | undefined {
  return eventTimes.read(record)[0]?.member;
}
