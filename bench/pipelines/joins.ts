import { stateful } from '../contestants/pipelines.js';
import { offer, write } from '../kafka/orders.js';
import { partitionsOf } from '../kafka/topics.js';
import { Expected } from './expected.js';
import type { Pipeline } from './pipeline.js';

const hourMs = 3_600_000;
const paidAfterMs = 120_000;
const startMs = Date.UTC(2026, 0, 1, 12);

const keyOf = (id: number) => `order-${id}`;

function* outputsOf(orders: number): Generator<[string, string]> {
  for (let id = 0; id < orders; id++) yield [keyOf(id), `${id}=${id}`];
}

/** An hour of orders, each paid two minutes later, joined within five. */
export const joins: Pipeline = {
  ...{ scenario: 'joins', unit: 'events, half of them orders and half payments', events: 1_000_000, inputs: 2 },
  ...stateful('joins', 'Joins'),

  async write(brokers, [toOrders, toPayments], events) {
    const orders = events / 2;
    const paidBehind = Math.floor((orders * paidAfterMs) / hourMs);
    // An order, and the payment of an earlier one, in turns: in the order of their times.
    await write(brokers, (orders + paidBehind) * 2, (producer, step) => {
      const id = step % 2 === 0 ? step / 2 : (step - 1) / 2 - paidBehind;
      if (id < 0 || id >= orders) return true;
      const time = startMs + Math.floor((id * hourMs) / orders);
      if (step % 2 === 0) return offer(producer, toOrders, keyOf(id), String(id), { timestamp: time });
      return offer(producer, toPayments, keyOf(id), String(id), { timestamp: time + paidAfterMs });
    });
  },

  begun: ({ output }) => ({ partitions: partitionsOf(output), messages: 1 }),
  done: ({ output }, events) => ({ partitions: partitionsOf(output), messages: events / 2 }),

  verifier(events) {
    const expected = new Expected(new Map(outputsOf(events / 2)), false);
    return {
      look: ({ key, value }) => expected.found(String(key), String(value)),
      conclude: (who) => expected.conclude(who),
    };
  },
};
