// Counts by hand on the native fast path: a Map, a changelog, LevelDB behind it. The least that it can cost; it survives no kill.
import { changelogOf } from '../../work/counts.js';
import { FastConsumer, FastProducer } from '../fast/clients.js';
import { untilStopped } from '../fast/until-stopped.js';
import { job } from '../job.js';
import { KeptCounts } from './kept-counts.js';

const { brokers, group, input, datadir = '.' } = job();
const producer = await FastProducer.open(brokers);
const consumer = await FastConsumer.open(brokers, group, [input]);
const counts = await KeptCounts.open(datadir, producer, changelogOf(group));

await untilStopped({
  ...{ consumer, producer },
  work: ({ length, partition, isAscii, places, data }) => {
    for (let index = 0; index < length; index++) {
      const [start, end] = [places[3 * index], places[3 * index] + places[3 * index + 1]];
      counts.add(isAscii ? data.latin1Slice(start, end) : data.utf8Slice(start, end), partition);
    }
  },
  checkpoint: (commit) => counts.keep(commit),
});
await counts.close();
