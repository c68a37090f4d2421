import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type Batch, partitionFor } from '../transport/index.js';
import { PartitionerCheck } from './partitioner-check.js';

const batchOf = (topic: string, key: string | null, partition: number) =>
  ({ topic, partition, length: 1, offset: () => 7, key: () => (key === null ? null : Buffer.from(key)) }) as unknown as Batch;

describe('the partitions of keys', () => {
  it('are told once for each topic whose producer does not go by murmur2', () => {
    const told: string[] = [];
    const logger = pino({}, { write: (line: string) => void told.push((JSON.parse(line) as { msg: string }).msg) });
    const check = new PartitionerCheck({
      logger,
      partitions: new Map([
        ['views', 4],
        ['orders', 4],
        ['single', 1],
      ]),
    });
    const right = partitionFor('/home', 4);
    const wrong = (right + 1) % 4;
    check.look(batchOf('views', '/home', right));
    check.look(batchOf('views', null, wrong));
    check.look(batchOf('single', '/home', 0));
    check.look(batchOf('others', '/home', wrong));
    expect(told).toEqual([]);
    check.look(batchOf('views', '/home', wrong));
    check.look(batchOf('views', '/home', wrong));
    check.look(batchOf('orders', '/home', wrong));
    expect(told).toEqual([
      expect.stringMatching(new RegExp(`views.*"/home" of views\\S* belongs to partition ${right}.*murmur2_random`)),
      expect.stringContaining('orders'),
    ]);
  });
});
