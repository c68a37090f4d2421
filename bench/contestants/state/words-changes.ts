// Counts words, through a topic by word, and gives out the last counts of each checkpoint, as Kafka Streams does with its cache.
import { App, Handler, Inject, message, type ResultMessage, type Table, type TableChange, table, topic } from '@weir/core';
import { job } from '../job.js';
import { runApp } from '../run-app.js';
import { options } from './app.js';

const { group, input, output } = job();
const lines = topic(input, { value: 'string' });
const words = topic(`${group}-words-repartition`, { value: 'string', partitions: 4 });
const totals = topic(output, { value: 'long' });
export const counts = table('counts', { key: 'string', value: 'long', default: 0, like: words });

@App(options)
class Words {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(lines, { sinks: [words] })
  *split(line: string): Generator<ResultMessage<string, string>> {
    for (const word of line.split(' ')) yield message({ key: word, value: word });
  }

  @Handler(words)
  count(word: string): void {
    this.counts.update(word, (n) => n + 1);
  }

  @Handler(counts.changes, { sinks: [totals] })
  tell({ value = 0 }: TableChange<string, number>): number {
    return value;
  }
}

await runApp(Words);
