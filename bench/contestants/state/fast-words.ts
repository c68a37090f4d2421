// Counts words by hand on the native fast path, through a topic by word: the least that it can cost; it survives no kill.
// `each` sends every count, `last` the last ones of a checkpoint.
import { changelogOf } from '../../work/counts.js';
import { type Batch, FastConsumer, FastProducer } from '../fast/clients.js';
import { untilStopped } from '../fast/until-stopped.js';
import { job } from '../job.js';
import { countBytes, KeptCounts } from './kept-counts.js';

const { brokers, group, input, output, datadir = '.' } = job();
const isEach = process.argv[2] === 'each';
const between = `${group}-words-repartition`;
const producer = await FastProducer.open(brokers);
const consumer = await FastConsumer.open(brokers, group, [input, between]);
const counts = await KeptCounts.open(datadir, producer, changelogOf(group), isEach ? undefined : output);

function textOf({ isAscii, places, data }: Batch, index: number): string {
  const from = places[3 * index] + places[3 * index + 1];
  const end = from + places[3 * index + 2];
  return isAscii ? data.latin1Slice(from, end) : data.utf8Slice(from, end);
}

async function split(batch: Batch): Promise<void> {
  for (let index = 0; index < batch.length; index++)
    for (const word of textOf(batch, index).split(' ')) while (!producer.append(between, -1, word, word)) await producer.handOver();
}

async function count(batch: Batch): Promise<void> {
  for (let index = 0; index < batch.length; index++) {
    const word = textOf(batch, index);
    const n = counts.add(word, batch.partition);
    if (isEach) while (!producer.append(output, -1, word, countBytes(n))) await producer.handOver();
  }
}

await untilStopped({
  ...{ consumer, producer },
  work: async (batch) => {
    await (batch.topic === input ? split(batch) : count(batch));
    await producer.handOver();
  },
  checkpoint: (commit) => counts.keep(commit),
});
await counts.close();
