import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codecNamed } from '../../codecs/index.js';
import { Block, emptyBlock, eventsIn, gone, holdsEvents, marksIn, matched, sizeOfEvent, valueAt } from './block.js';
import { JoinFormat, waitingIn } from './join-format.js';

const address = { sequence: 7, cellKey: 'seven' };
const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const marks = fc.constantFrom(0, matched, gone, matched | gone);
const event = fc.record({
  ...{ isRight: fc.boolean(), time: fc.double({ noNaN: true }), topic: fc.integer(), offset: fc.maxSafeNat() },
  ...{ key: bytes, value: bytes, marks },
});
const mark = fc.record({ sequence: fc.nat({ max: 2 ** 48 - 1 }), index: fc.nat({ max: 2 ** 32 - 1 }), mark: marks });

describe('a block', () => {
  it('gives back the events that it was given, each where it was', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const block = Block.ofEvents(3);
        const at = events.map((each) => block.addEvent(each));
        const written = block.close(address);
        expect([...eventsIn(written)]).toEqual(events.map((each, index) => ({ ...each, at: at[index] })));
        expect(at.map((each) => valueAt(written, each))).toEqual(events.map(({ value }) => value));
        expect([holdsEvents(written), block.count, block.address, block.bytes]).toEqual([true, events.length, address, undefined]);
      }),
    );
  });

  it('gives back the marks that it was given', () => {
    fc.assert(
      fc.property(fc.array(mark), (all) => {
        const block = Block.ofMarks(3);
        for (const each of all) block.addMark(each);
        const written = block.close(address);
        expect([holdsEvents(written), [...marksIn(written)]]).toEqual([false, all]);
      }),
    );
  });

  it('takes what has become of an event while it takes more', () => {
    const block = Block.ofEvents(3);
    const one = { isRight: true, time: 5, topic: 1, offset: 2, key: Buffer.from('a'), value: Buffer.from('b'), marks: 0 };
    block.addEvent(one);
    const at = block.addEvent({ ...one, marks: matched });
    block.mark(at, gone);
    expect([...eventsIn(block.close(address))].map((each) => [each.isRight, each.marks])).toEqual([
      [true, 0],
      [true, matched | gone],
    ]);
  });

  it('has room for about 32 KiB, or for one event that takes more', () => {
    const small = { isRight: true, time: 5, topic: 1, offset: 2, key: Buffer.from('a'), value: Buffer.alloc(1_000), marks: 0 };
    const block = Block.ofEvents(3);
    while (block.hasRoom(sizeOfEvent(small))) block.addEvent(small);
    expect([block.count, block.close(address).length]).toEqual([31, 31 * sizeOfEvent(small) + 1]);
    const large = Block.ofEvents(3);
    expect(large.hasRoom(1_000_000)).toBe(true);
    large.addEvent({ ...small, value: Buffer.alloc(1_000_000) });
    expect(large.hasRoom(1)).toBe(false);
  });

  it('keeps no more memory than it needs once it takes no more', () => {
    const block = Block.ofEvents(3);
    block.addEvent({ isRight: true, time: 5, topic: 1, offset: 2, key: Buffer.from('a'), value: Buffer.alloc(0), marks: 0 });
    expect(block.close(address).length).toBe(31);
  });
});

it('events that wait are counted: those that are gone are not, wherever that stands', () => {
  const one = { isRight: true, time: 5, topic: 1, offset: 2, key: Buffer.from('a'), value: Buffer.from('b') };
  const events = Block.ofEvents(3);
  for (const each of [0, matched, gone, matched | gone]) events.addEvent({ ...one, marks: each });
  const others = Block.ofMarks(3);
  others.addMark({ sequence: 7, index: 0, mark: matched });
  others.addMark({ sequence: 7, index: 1, mark: gone });
  expect(waitingIn([events.close(address), others.close(address), emptyBlock()])).toBe(1);
});

it('blocks stand in the order of their stretches, then in that of their sequence numbers', () => {
  const format = new JoinFormat('both', codecNamed('string'));
  const stretch = fc.integer({ min: -(2 ** 46), max: 2 ** 46 });
  fc.assert(
    fc.property(fc.array(fc.record({ stretch, sequence: fc.nat({ max: 2 ** 40 }) })), (all) => {
      const keys = all.map((each) => format.cellKey(each.stretch, each.sequence));
      const inOrder = [...all].sort((one, other) => one.stretch - other.stretch || one.sequence - other.sequence);
      expect([...keys].sort((one, other) => Buffer.compare(Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1')))).toEqual(
        inOrder.map((each) => format.cellKey(each.stretch, each.sequence)),
      );
      expect(keys.map((key) => format.sequenceIn(key))).toEqual(all.map(({ sequence }) => sequence));
    }),
  );
});

it('an event that is larger than a changelog takes is refused by itself', () => {
  const format = new JoinFormat('both', codecNamed('string'));
  expect(() => format.mustFit('k', Buffer.alloc(1_000_000))).not.toThrow();
  expect(() => format.mustFit('k', Buffer.alloc(1_048_576))).toThrow(expect.objectContaining({ code: 'VALUE_UNWRITABLE' }));
});
