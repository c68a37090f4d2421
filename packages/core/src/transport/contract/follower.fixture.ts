import type { Position, TopicPartition } from '../../positions/index.js';
import type { StartPosition } from '../consumer.js';
import type { Reader } from '../reader.js';

/** Polls a reader for as long as a test waits for something, and keeps what comes. */
export class Follower {
  readonly messages: (Position & { readonly value: string | null })[] = [];
  readonly polls: number[] = [];

  constructor(
    readonly reader: Reader,
    private readonly limitMs: number,
  ) {}

  async add(...positions: readonly StartPosition[]): Promise<void> {
    await this.reader.add(positions);
  }

  async poll(): Promise<void> {
    const batches = await this.reader.poll();
    this.polls.push(batches.reduce((sum, { length }) => sum + length, 0));
    for (const batch of batches) {
      const { topic, partition } = batch;
      for (let index = 0; index < batch.length; index++)
        this.messages.push({ topic, partition, offset: batch.offset(index), value: batch.valueText(index) });
    }
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const limit = performance.now() + this.limitMs;
    while (!condition()) {
      if (performance.now() > limit) throw new Error(`waited ${this.limitMs} ms until ${what}: ${JSON.stringify(this.messages.slice(-8))}`);
      await this.poll();
    }
  }

  /** Polls until a partition is read up to an offset. */
  reaches(at: TopicPartition, offset: number): Promise<void> {
    return this.until(`position ${offset} of partition ${at.partition}`, () => (this.reader.position(at) ?? -1) >= offset);
  }

  /** Values in the order they came, of one partition or of all. */
  values(partition?: number): readonly (string | null)[] {
    return this.messages.filter((message) => partition === undefined || message.partition === partition).map(({ value }) => value);
  }
}
