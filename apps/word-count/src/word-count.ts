import { App, Handler, Inject, message, type ResultMessage, type Table, table, topic } from '@weir/core';

export const lines = topic('lines', { value: 'string' });
export const words = topic('words', { value: 'string' });
export const totals = topic('word-counts', { value: 'long' });
export const counts = table('counts', { key: 'string', value: 'long', default: 0, like: words });

/** Writes each word under itself as key, so that one partition has all of it, and counts it there. */
@App({ id: 'word-count', broker: 'kafka://localhost:9092' })
export class WordCount {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(lines, { sinks: [words] })
  *split(line: string): Generator<ResultMessage<string, string>> {
    for (const word of line.toLowerCase().match(/\p{L}+/gu) ?? []) yield message({ key: word, value: word });
  }

  @Handler(words, { sinks: [totals] })
  count(word: string): number {
    return this.counts.update(word, (n) => n + 1);
  }
}
