import type { HeaderList, Writing } from '../kafka/orders.js';

/** What the messages of a production look like, and the topics that they are in. */
export interface Shape {
  readonly name: string;
  readonly title: string;
  /** Topics that the orders come from, in turns. @default 1 */
  readonly topics?: number;
  /** Of each of them. @default 4 */
  readonly partitions?: number;
  /** Of the topic that the totals go to. @default 4 */
  readonly outputPartitions?: number;
  /** Properties of the input's topics. */
  readonly config?: Readonly<Record<string, string>>;
  readonly writing?: Writing;
  /** librdkafka properties of the contestants. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** So many times fewer messages than the others. */
  readonly fewer?: number;
}

const mebibyte = 1_048_576;

const compressed = (codec: string): Shape => ({
  name: codec,
  title: `${codec} in and out`,
  writing: { properties: { 'compression.type': codec } },
  properties: { 'compression.type': codec },
});

const headers: HeaderList = [
  { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  { 'content-type': 'application/json' },
  { source: 'shop' },
  { tenant: 'north' },
  { version: '3' },
];

/** What the others are compared with. */
export const usual: Shape = { name: 'usual', title: '1 topic, 4 partitions' };

export const shapes: readonly Shape[] = [
  usual,
  { name: 'partitions', title: '1 topic, 500 partitions', partitions: 500 },
  { name: 'partitions-out', title: 'to a topic of 500 partitions', outputPartitions: 500 },
  { name: 'topics', title: '100 topics, 4 partitions each', topics: 100 },
  compressed('lz4'),
  compressed('zstd'),
  compressed('gzip'),
  compressed('snappy'),
  {
    name: 'large',
    title: 'messages of 1 MB',
    config: { 'max.message.bytes': String(2 * mebibyte) },
    writing: { noteBytes: mebibyte, properties: { 'message.max.bytes': 2 * mebibyte } },
    // So that a fetch brings more than one message of a partition.
    properties: { 'fetch.message.max.bytes': 8 * mebibyte },
    fewer: 200,
  },
  { name: 'headers', title: 'five headers', writing: { headers } },
];
