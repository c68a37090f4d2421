// The work by hand on the native fast path: the least that it can cost. What weir adds is measured against this.
import { checked, totalOf } from '../work/order.js';
import { batchMax, FastConsumer, FastProducer, type Slices } from './fast/clients.js';
import { untilStopped } from './fast/until-stopped.js';
import { job } from './job.js';

const { brokers, group, input, inputs = [input], output, properties } = job();
const producer = await FastProducer.open(brokers, properties);
const consumer = await FastConsumer.open(brokers, group, inputs, properties);
const topics = [output];
const bytes = Buffer.allocUnsafeSlow(4 * 1_024 * 1_024) as Slices;
const columns = new Int32Array(batchMax * 7);
const timestamps = new Float64Array(batchMax);

await untilStopped({
  ...{ consumer, producer },
  /** One batch of a partition: everything of it goes out in one call. */
  work: async (batch) => {
    const { length, isAscii, places, data } = batch;
    let end = 0;
    for (let index = 0; index < length; index++) {
      const [start, keyLength, valueLength] = [places[3 * index], places[3 * index + 1], places[3 * index + 2]];
      const from = start + keyLength;
      const text = isAscii ? data.latin1Slice(from, from + valueLength) : data.utf8Slice(from, from + valueLength);
      const total = JSON.stringify(totalOf(checked(JSON.parse(text))));
      const column = 7 * index;
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
    await producer.give(topics, bytes, columns, timestamps, length);
  },
  /** What was produced is acknowledged before its offsets are committed. */
  checkpoint: async (commit) => {
    await producer.flush();
    commit();
  },
});
