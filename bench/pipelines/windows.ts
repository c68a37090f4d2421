import { stateful } from '../contestants/pipelines.js';
import { offer, write } from '../kafka/orders.js';
import { partitionsOf } from '../kafka/topics.js';
import { keyOf } from '../work/counts.js';
import { Expected, scattered, tally } from './expected.js';
import type { Pipeline } from './pipeline.js';

const keys = 100_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Events after the hour: enough keys that every partition has one of them. */
const ends = 100;
/** A whole minute of the past. */
const startMs = Date.UTC(2026, 0, 1, 12);

const timeOf = (id: number, events: number) => startMs + Math.floor((id * hourMs) / events);
const pageOf = (id: number) => keyOf(scattered(id), keys);

function* windowsOf(events: number): Generator<string> {
  for (let id = 0; id < events; id++) {
    const time = timeOf(id, events);
    yield `${pageOf(id)}@${time - (time % minuteMs)}`;
  }
}

/** An hour of events, counted by minutes. Events of the next day follow: minutes close when a later event comes. */
export const windows: Pipeline = {
  ...{ scenario: 'windows', unit: `events of an hour and ${keys} keys, by minutes`, events: 1_000_000, inputs: 1 },
  ...stateful('windows', 'Windows'),

  write: (brokers, [input], events) =>
    write(brokers, events + ends, (producer, id) => {
      if (id < events) return offer(producer, input, pageOf(id), '{}', { timestamp: timeOf(id, events) });
      return offer(producer, input, `end-${id}`, '{}', { timestamp: startMs + 24 * hourMs });
    }),

  begun: ({ output }) => ({ partitions: partitionsOf(output), messages: 1 }),
  done: ({ output }, events) => ({ partitions: partitionsOf(output), messages: tally(windowsOf(events)).size }),

  verifier(events) {
    const expected = new Expected(tally(windowsOf(events)), false);
    return {
      look: ({ key, value }) => expected.found(String(key), (value as Buffer).readBigInt64BE().toString()),
      conclude: (who) => expected.conclude(who),
    };
  },
};
