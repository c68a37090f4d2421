import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { CarefulOutlet } from '../agents/index.js';
import { SystemClock } from '../time/index.js';
import type { Consumer, Producer, Transactions } from '../transport/index.js';
import { Assignment } from './assignment.js';
import { TransactionGate } from './transaction-gate.js';
import { TransactionalCheckpoint } from './transactional-checkpoint.js';

/** A checkpoint whose transactions are committed when the test says so. */
async function setup() {
  const commits: (() => void)[] = [];
  const producer = { append: () => undefined, flush: () => Promise.resolve() } as unknown as Producer;
  const transactions = {
    begin: () => Promise.resolve(),
    commit: () => new Promise<void>((resolve) => commits.push(resolve)),
  } as unknown as Transactions;
  const gate = new TransactionGate(producer);
  const checkpoint = new TransactionalCheckpoint({
    ...{
      producer,
      transactions,
      gate,
      restMs: 1_000,
      consumer: {} as Consumer,
      clock: new SystemClock(),
      logger: pino({ level: 'silent' }),
    },
    ...{ assignment: new Assignment(() => []), outlet: new CarefulOutlet(gate, true) },
    rewind: () => Promise.resolve(),
    committed: () => undefined,
  });
  await checkpoint.begin();
  const turn = () => new Promise(setImmediate);
  return { checkpoint, gate, commits, turn };
}

describe('commits that are asked for while one is under way', () => {
  // Each of many events that wait for their retry asked for one of its own: they came one after another, and a hand-over waited behind them all.
  it('are one, after it', async () => {
    const { checkpoint, gate, commits, turn } = await setup();
    gate.append('out', null, 'a');
    const first = checkpoint.run();
    await turn();
    gate.append('out', null, 'b');
    const others = Array.from({ length: 50 }, () => checkpoint.run());
    await turn();
    expect(new Set(others).size).toBe(1);
    expect(commits).toHaveLength(1);
    commits[0]();
    await first;
    await turn();
    expect(commits).toHaveLength(2);
    commits[1]();
    await Promise.all(others);
    await turn();
    expect(commits).toHaveLength(2);
  });

  it('do not count for one that has begun', async () => {
    const { checkpoint, gate, commits, turn } = await setup();
    gate.append('out', null, 'a');
    const first = checkpoint.run();
    await turn();
    const second = checkpoint.run();
    expect(second).not.toBe(first);
    commits[0]();
    await second;
  });
});
