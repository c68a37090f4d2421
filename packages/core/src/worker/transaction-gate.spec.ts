import { describe, expect, it } from '@jest/globals';
import { LaneScope, laneScope } from '../agents/index.js';
import type { Position } from '../errors/index.js';
import { type Outgoing, type Producer, Sending } from '../transport/index.js';
import { TransactionGate } from './transaction-gate.js';

const at: Position = { topic: 'out', partition: 0, offset: 7 };

/** A producer that notes what it is given; values that begin with `!` are refused. */
function setup() {
  const taken: string[] = [];
  const take = (value: unknown) => taken.push(String(value));
  const sendings: Sending[] = [];
  const producer = {
    append(_: string, __: unknown, value: unknown) {
      if (String(value).startsWith('!')) throw new Error('too large');
      take(value);
    },
    send({ value }: Outgoing) {
      const { sending, resolve, reject } = Sending.open();
      sendings.push(sending);
      if (String(value).startsWith('!')) reject(new Error('too large'));
      else resolve(at);
      take(value);
      return sending;
    },
  } as unknown as Producer;
  return { taken, sendings, gate: new TransactionGate(producer) };
}

const message = (value: string): Outgoing => ({ topic: 'out', key: null, value });

describe('TransactionGate', () => {
  it('lets messages through while it is open, and counts them', () => {
    const { gate, taken } = setup();
    gate.open();
    gate.append('out', null, 'a');
    void gate.send(message('b'));
    expect([taken, gate.sinceOpened]).toEqual([['a', 'b'], 2]);
  });

  it('keeps them in order while it is closed, for when it opens', async () => {
    const { gate, taken } = setup();
    gate.append('out', null, 'a');
    const sent = gate.send(message('b'));
    gate.append('out', null, 'c');
    expect(taken).toEqual([]);
    gate.open();
    expect([taken, gate.sinceOpened, await sent]).toEqual([['a', 'b', 'c'], 3, at]);
  });

  it('drops what a lane has sent that was given up meanwhile, and tells who waits', async () => {
    const { gate, taken } = setup();
    const [given, kept] = [{ isAbandoned: false }, { isAbandoned: false }];
    const sent = laneScope.run(new LaneScope(given), () => {
      gate.append('out', null, 'a');
      return gate.send(message('b'));
    });
    laneScope.run(new LaneScope(kept), () => gate.append('out', null, 'c'));
    gate.append('out', null, 'of a timer');
    given.isAbandoned = true;
    gate.open();
    expect([taken, gate.sinceOpened]).toEqual([['c', 'of a timer'], 2]);
    await expect(sent).rejects.toThrow('runs again');
  });

  it('says whether anybody looked at what it gave out: a failure that nobody sees counts at the next flush', () => {
    const { gate, sendings } = setup();
    void gate.send(message('a'));
    void gate.send(message('b')).catch(() => undefined);
    gate.open();
    expect(sendings.map(({ isObserved }) => isObserved)).toEqual([false, true]);
  });

  it('leaves what is wrong with a message to the next flush, now that its caller is gone', () => {
    const { gate, taken } = setup();
    gate.append('out', null, '!large');
    gate.append('out', null, 'b');
    gate.open();
    expect(taken).toEqual(['!large', 'b']);
  });

  it('asks for rest when ten thousand messages wait, and again after as many more', () => {
    const { gate } = setup();
    let asked = 0;
    gate.whenCrowded(() => asked++);
    for (let count = 0; count < 25_000; count++) gate.append('out', null, 'a');
    expect(asked).toBe(2);
  });

  it('asks for rest when 16 MiB wait', () => {
    const { gate } = setup();
    let asked = 0;
    gate.whenCrowded(() => asked++);
    const large = 'a'.repeat(1024 * 1024);
    for (let count = 0; count < 16; count++) gate.append('out', null, large);
    expect(asked).toBe(0);
    gate.append('out', null, 'b');
    expect(asked).toBe(1);
  });

  it('tells everybody when it never opens again', async () => {
    const { gate, taken } = setup();
    const before = gate.send(message('a'));
    gate.break(new Error('fenced'));
    const after = gate.send(message('b'));
    await expect(before).rejects.toThrow('fenced');
    await expect(after).rejects.toThrow('fenced');
    expect(() => gate.append('out', null, 'c')).toThrow('fenced');
    expect(taken).toEqual([]);
  });
});
