// The rooms of the hot path, each alone: `npm run bench:micro`.
import { type Codec, json, topic } from '@weir/core';
import { Tracker } from '@weir/core/internal/positions';
import { recordCodec } from '@weir/core/internal/records';
import { table } from '../report/table.js';
import { checked, orderOf, type PlainOrder, totalOf } from '../work/order.js';
import { Order, Total, VersionedOrder } from '../work/records.js';
import { ReadyBatch } from './batch.js';
import { mapAlone, tableAlone } from './counts.js';
import { aloneLane } from './lane.js';
import { type Measured, measure } from './measure.js';

const size = 512;
const texts = Array.from({ length: size }, (_, id) => JSON.stringify(orderOf(id * 101)));
const values = texts.map((text) => Buffer.from(text));
const totals = texts.map((text) => totalOf(JSON.parse(text) as PlainOrder));
const orderCodec = recordCodec(Order);
const totalCodec = recordCodec(Total);
const versionedCodec = recordCodec(VersionedOrder);
const versioned = texts.map((text) => versionedCodec.encode(versionedCodec.decode(text)));
const jsonCodec = json();

/** Over and over through the samples. */
const each =
  <T>(samples: readonly T[], use: (sample: T) => unknown) =>
  (times: number): unknown => {
    let last: unknown;
    for (let index = 0; index < times; index++) last = use(samples[index & (size - 1)]);
    return last;
  };

function decoding(): Promise<Measured[]> {
  return measure('decode + validate', [
    { name: 'JSON.parse', run: each(texts, (text) => JSON.parse(text)), isBaseline: true },
    { name: 'JSON.parse and checks by hand', run: each(texts, (text) => checked(JSON.parse(text) as PlainOrder)) },
    { name: 'json codec', run: each(texts, (text) => jsonCodec.decode(text)) },
    { name: 'record codec', run: each(texts, (text) => orderCodec.decode(text)) },
    { name: 'record codec, version 2', run: each(versioned, (text) => versionedCodec.decode(text)) },
    { name: 'record codec, version 2 of version 1', run: each(texts, (text) => versionedCodec.decode(text)) },
  ]);
}

function encoding(): Promise<Measured[]> {
  return measure('encode', [
    { name: 'JSON.stringify', run: each(totals, (total) => JSON.stringify(total)), isBaseline: true },
    { name: 'json codec', run: each(totals, (total) => jsonCodec.encode(total)) },
    { name: 'record codec', run: each(totals, (total) => totalCodec.encode(total as Total)) },
    { name: 'record codec and Buffer.from', run: each(totals, (total) => Buffer.from(totalCodec.encode(total as Total))) },
  ]);
}

async function counting(): Promise<Measured[]> {
  return measure('tables', [
    { name: 'get and set of a Map', run: mapAlone(), isBaseline: true },
    { name: 'update of a key that is there', run: await tableAlone(false) },
    { name: 'the same, in the context of its attempt', run: await tableAlone(true) },
  ]);
}

/** Runs whole batches through a lane. */
function through(lane: ReturnType<typeof aloneLane>): (times: number) => Promise<unknown> {
  const batch = new ReadyBatch(values);
  return async (times) => {
    for (let done = 0; done < times; done += size) {
      lane.accept(batch);
      batch.first += size;
      // Until all promises are settled; a slow batch takes more than one turn.
      do await new Promise(setImmediate);
      while (lane.backlog.messages > 0);
    }
    return lane.committable;
  };
}

const asIs: Codec<Buffer> = { name: 'as it is', decode: (bytes) => bytes, encode: (bytes) => bytes };

function dispatching(): Promise<Measured[]> {
  const tracker = new Tracker();
  const nothing = (value: unknown): unknown => (value === undefined ? value : undefined);
  return measure('dispatch + tracker', [
    { name: 'a call for each value', run: each(values, nothing), isBaseline: true },
    {
      name: 'tracker alone',
      run: (times) => {
        for (let offset = 0; offset < times; offset++) tracker.finish(tracker.deliver(offset));
        return tracker.committable;
      },
    },
    { name: 'lane, empty handler, bytes', run: through(aloneLane(topic('orders', { value: asIs }), { kind: 'event', run: nothing })) },
  ]);
}

/** Agents that give a promise for each event, or loop. */
function promised(): Promise<Measured[]> {
  const asBytes = topic('orders', { value: asIs });
  const asItCame = topic('copies', { value: asIs });
  const loop = async function* (stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    for await (const value of stream) yield value;
  };
  const byHand = async (times: number): Promise<unknown> => {
    const taken = async function* (): AsyncGenerator<unknown> {
      for (let index = 0; index < times; index++) yield values[index & (size - 1)];
    };
    let last: unknown;
    for await (const value of loop(taken())) last = value;
    return last;
  };
  return measure('promises', [
    {
      name: 'an async function for each value',
      run: async (times) => {
        let last: unknown;
        for (let index = 0; index < times; index++) last = await (async (value: unknown) => value)(values[index & (size - 1)]);
        return last;
      },
      isBaseline: true,
    },
    { name: 'lane, async handler, sink', run: through(aloneLane(asBytes, { kind: 'event', run: async (value) => value }, asItCame)) },
    { name: 'an async generator over another', run: byHand },
    { name: 'lane, agent, sink', run: through(aloneLane(asBytes, { kind: 'stream', run: loop }, asItCame)) },
  ]);
}

function whole(): Promise<Measured[]> {
  const byHand = (value: Buffer): unknown => Buffer.from(JSON.stringify(totalOf(checked(JSON.parse(value.toString()) as PlainOrder))));
  const handler = (order: unknown): unknown => totalOf(order as Order);
  return measure('from bytes to text', [
    { name: 'by hand', run: each(values, byHand), isBaseline: true },
    {
      name: 'lane, record, sink',
      run: through(aloneLane(topic('orders', { value: Order }), { kind: 'event', run: handler }, topic('totals', { value: Total }))),
    },
  ]);
}

const only = process.argv.includes('--tables');
const measured = only
  ? await counting()
  : [
      ...(await decoding()),
      ...(await encoding()),
      ...(await dispatching()),
      ...(await promised()),
      ...(await whole()),
      ...(await counting()),
    ];
if (process.argv.includes('--json')) console.log(JSON.stringify(measured, undefined, 2));
else {
  const cells = measured.map(({ room, name, nanoseconds, bytes, ratio }) => [
    room,
    name,
    nanoseconds.toFixed(0),
    ratio.toFixed(2),
    String(bytes),
  ]);
  console.log(table(['room', 'what', 'ns an event', 'ratio', 'bytes an event'], cells));
}
