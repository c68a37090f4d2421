import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PartitionLog } from '../logs/partition-log.js';
import { assignSticky, type Claim, type Shares } from './assignors.js';

const topic = (name: string, partitions: number) =>
  Array.from({ length: partitions }, (_, partition) => new PartitionLog(name, partition, () => 0));
const claim = (member: string, wanted: readonly PartitionLog[], held: readonly PartitionLog[] = []): Claim<string> => ({
  member,
  wanted: new Set(wanted),
  held: new Set(held),
});
const shown = (shares: Shares<string>) =>
  Object.fromEntries([...shares].map(([member, logs]) => [member, [...logs].map((log) => `${log.topic}${log.partition}`).join(' ')]));

describe('assignSticky', () => {
  it('leaves everything where it is when that is even', () => {
    const logs = topic('t', 4);
    expect(shown(assignSticky([claim('a', logs, [logs[3]!, logs[0]!]), claim('b', logs, [logs[1]!, logs[2]!])]))).toEqual({
      a: 't0 t3',
      b: 't1 t2',
    });
  });

  it('gives what is free to who has the fewest', () => {
    const logs = topic('t', 3);
    expect(shown(assignSticky([claim('a', logs, [logs[0]!]), claim('b', logs), claim('c', logs)]))).toEqual({ a: 't0', b: 't1', c: 't2' });
  });

  it('is even, complete, and moves no more than it must', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.nat(9), { maxLength: 12 }),
        (members, partitions, owners) => {
          const logs = topic('t', partitions);
          const held = Array.from({ length: members }, (_, member) => logs.filter((_log, index) => owners[index] === member));
          const shares = assignSticky(held.map((mine, member) => claim(String(member), logs, mine)));
          const sizes = [...shares.values()].map(({ size }) => size);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          expect(new Set([...shares.values()].flatMap((share) => [...share])).size).toBe(partitions);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(partitions);
          const moved = held.flatMap((mine, member) => mine.filter((log) => !shares.get(String(member))!.has(log))).length;
          expect(moved).toBe(
            leastMoves(
              held.map(({ length }) => length),
              partitions,
            ),
          );
        },
      ),
    );
  });

  it('gives partitions only to members that want them', () => {
    const [x, y] = [topic('x', 4), topic('y', 1)];
    expect(shown(assignSticky([claim('a', x, x), claim('b', y), claim('c', [...x, ...y])]))).toEqual({ a: 'x0 x1', b: 'y0', c: 'x3 x2' });
  });
});

/** What must be given away so that nobody has more than one partition more than another. */
function leastMoves(held: readonly number[], partitions: number): number {
  const least = Math.floor(partitions / held.length);
  let withOneMore = partitions % held.length;
  return [...held]
    .sort((a, b) => b - a)
    .reduce((moves, count) => moves + Math.max(0, count - least - (count > least && withOneMore-- > 0 ? 1 : 0)), 0);
}
