// The work by hand on the native fast path: the least that it can cost. What weir adds is measured against this.
import { setTimeout as sleep } from 'node:timers/promises';
import kafka from '@confluentinc/kafka-javascript';
import { Arrivals } from '../kafka/arrivals.js';
import { type Consumer, called, disconnect, flush, type Producer, type Properties } from '../kafka/clients.js';
import { checked, totalOf } from '../work/order.js';
import { job } from './job.js';

interface Addon {
  take(client: number, messages: number, bytes: number): readonly unknown[] | null;
  give(
    client: number,
    topics: readonly string[],
    bytes: Buffer,
    columns: Int32Array,
    timestamps: Float64Array,
    from: number,
    until: number,
  ): number;
  reports(client: number): readonly unknown[];
}

interface Attached<C> {
  readonly client: C;
  readonly attached?: { readonly addon: Addon; readonly number: number };
}

type Slices = Buffer & {
  latin1Slice(from: number, to: number): string;
  utf8Slice(from: number, to: number): string;
  utf8Write(text: string, at: number): number;
};

/** The pieces that @weir/kafka is made of; nobody else can import them. */
const pieces = new URL('../../../packages/kafka/dist/', import.meta.url);
const { loadFastPath } = (await import(new URL('fast/native.js', pieces).href)) as { loadFastPath(): object };
const { attach } = (await import(new URL('fast/attach.js', pieces).href)) as {
  attach<C>(fastPath: object, hasReports: boolean, properties: Properties, make: (properties: Properties) => C): Attached<C>;
};

const { brokers, group, input, inputs = [input], output, properties = {} } = job();
const commitEveryMs = 1_000;
const timeoutMs = 30_000;
const fastPath = loadFastPath();
if ('missing' in fastPath) throw new Error(`the fast path is not there: ${fastPath.missing}`);

async function open<C extends Consumer | Producer>(Client: unknown, hasReports: boolean, properties: Properties) {
  const { client, attached } = attach(fastPath, hasReports, properties, (each) => new (Client as new (given: Properties) => C)(each));
  await called((done) => (client as Consumer).connect({ allTopics: false, timeout: timeoutMs }, done));
  if (attached === undefined) throw new Error('the fast path does not serve this client');
  return { client, ...attached };
}

const shared = { 'bootstrap.servers': brokers, ...properties };
const arrivals = new Arrivals();
const out = await open<Producer>(kafka.Producer, true, {
  ...shared,
  partitioner: 'murmur2_random',
  'linger.ms': 5,
  'enable.idempotence': true,
  'queue.buffering.max.messages': 500_000,
  'delivery.report.only.error': true,
});
out.client.setPollInBackground(true);
const source = await open<Consumer>(kafka.KafkaConsumer, false, {
  ...shared,
  'group.id': group,
  'auto.offset.reset': 'earliest',
  'enable.auto.commit': false,
  'enable.auto.offset.store': false,
  'fetch.queue.backoff.ms': 1,
  'queued.min.messages': 10_000,
  queue_non_empty_cb: arrivals.raise,
});
source.client.subscribe([...inputs]);
let isStopping = false;
process.once('SIGTERM', () => {
  isStopping = true;
  arrivals.raise();
});

const max = 1_000;
const bytes = Buffer.allocUnsafeSlow(4 * 1_024 * 1_024) as Slices;
const columns = new Int32Array(max * 8);
const timestamps = new Float64Array(max);
/** Of each topic, by partition. */
const next = new Map<string, number[]>(inputs.map((topic) => [topic, []]));
let end = 0;

/** One batch of a partition: everything of it goes out in one call. */
async function work(row: readonly unknown[], at: number): Promise<void> {
  const [topic, partition, length, isAscii] = [row[at] as string, row[at + 1] as number, row[at + 2] as number, row[at + 4] as boolean];
  const memory = row[at + 6] as ArrayBuffer;
  const offsets = new Float64Array(memory, 0, length);
  const places = new Int32Array(memory, 16 * length, 3 * length);
  const data = Buffer.from(memory, 28 * length) as Slices;
  end = 0;
  for (let index = 0; index < length; index++) {
    const [start, keyLength, valueLength] = [places[3 * index], places[3 * index + 1], places[3 * index + 2]];
    const from = start + keyLength;
    const text = isAscii ? data.latin1Slice(from, from + valueLength) : data.utf8Slice(from, from + valueLength);
    const total = JSON.stringify(totalOf(checked(JSON.parse(text))));
    const column = 8 * index;
    columns[column] = 0;
    columns[column + 1] = -1;
    columns[column + 2] = end;
    columns[column + 3] = data.copy(bytes, end, start, from);
    const written = bytes.utf8Write(total, end + keyLength);
    columns[column + 4] = written;
    columns[column + 5] = 0;
    columns[column + 6] = 0;
    end += keyLength + written;
  }
  for (let given = 0; given < length; ) {
    given = out.addon.give(out.number, [output], bytes, columns, timestamps, given, length);
    if (given < length) await sleep(2);
  }
  (next.get(topic) as number[])[partition] = offsets[length - 1] + 1;
}

/** What was produced is acknowledged before its offsets are committed. */
async function checkpoint(): Promise<void> {
  const offsets = [...next].flatMap(([topic, ends]) => ends.flatMap((offset, partition) => [{ topic, partition, offset }]));
  for (const ends of next.values()) ends.length = 0;
  if (offsets.length === 0) return;
  await flush(out.client);
  if (out.addon.reports(out.number).length > 0) throw new Error('a message was not delivered');
  source.client.commit(offsets);
}

let committedAt = Date.now();
while (!isStopping) {
  arrivals.lower();
  await new Promise(setImmediate);
  const row = source.addon.take(source.number, max, 16 * 1_024 * 1_024) ?? [];
  for (let at = 0; at < row.length; at += 7) await work(row, at);
  if (row.length === 0) await arrivals.wait(commitEveryMs);
  if (Date.now() - committedAt >= commitEveryMs) {
    await checkpoint();
    committedAt = Date.now();
  }
}
await checkpoint();
await disconnect(source.client);
await disconnect(out.client);
