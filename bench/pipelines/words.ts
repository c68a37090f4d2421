import { stateful, stateProgram } from '../contestants/pipelines.js';
import { offer, write } from '../kafka/orders.js';
import { changelogTopic, partitionsOf, timedTopic } from '../kafka/topics.js';
import { changelogOf } from '../work/counts.js';
import { Expected, scattered, tally } from './expected.js';
import type { Pipeline } from './pipeline.js';

const wordsOfLine = 10;
const differentWords = 50_000;

function* wordsOf(line: number): Generator<string> {
  for (let word = line * wordsOfLine; word < (line + 1) * wordsOfLine; word++) yield `word-${scattered(word) % differentWords}`;
}

function* wordsOfAll(lines: number): Generator<string> {
  for (let line = 0; line < lines; line++) yield* wordsOf(line);
}

/** The name that Kafka Streams gives it. */
const between = (group: string) => `${group}-words-repartition`;

/** Words are counted through a topic by word. */
export const words: Pipeline = {
  ...{ scenario: 'words', unit: `lines of ${wordsOfLine} words, ${differentWords} different`, events: 200_000, inputs: 1 },
  ...stateful('words', 'Words', [
    stateProgram('fast-each', 'hand-written, fast path, Map and LevelDB', 'fast-words', 'each'),
    stateProgram('fast-last', 'hand-written, fast path, the last counts of a second', 'fast-words', 'last'),
  ]),

  write: (brokers, [input], lines) =>
    write(brokers, lines, (producer, line) => offer(producer, input, `line-${line}`, [...wordsOf(line)].join(' '))),

  own: (group) => ({ [between(group)]: timedTopic, [changelogOf(group)]: changelogTopic }),
  begun: ({ group }) => ({ partitions: partitionsOf(between(group)), messages: 1 }),
  // How many outputs there are, is up to whoever counts.
  done: ({ group }, lines) => ({
    ...{ partitions: partitionsOf(between(group)), messages: lines * wordsOfLine, isCommitted: true },
  }),

  verifier(lines) {
    const expected = new Expected(tally(wordsOfAll(lines)), true);
    return {
      look: ({ key, value }) => expected.found(String(key), (value as Buffer).readBigInt64BE().toString()),
      conclude: (who) => expected.conclude(who),
    };
  },
};
