import { ConfigurationError } from '@weir/core/internal/errors';
import { topicsOf } from '@weir/core/internal/topology';
import type { Batch, Reader, StartPosition, Transport } from '@weir/core/internal/transport';
import type { GlobalArguments } from '../arguments/global-options.js';
import { limitOf } from '../arguments/values.js';
import type { Runner, Surroundings } from '../command.js';
import { type Connection, connected, describeApp } from '../connect.js';
import { done } from '../failure.js';
import { missingTopic } from '../missing-topic.js';
import { jsonOf, plainBytes, showBytes } from '../printing/show-bytes.js';
import { untilAborted, untilInterrupted } from '../processes/stop-signals.js';
import type { Output } from '../shell.js';

interface TailArguments extends GlobalArguments {
  readonly topic: string;
  readonly from: string;
  readonly limit?: string;
}

/** `weir tail`: reads a topic without a group, and goes on with what comes. */
export const tail: Runner = {
  async run(given: TailArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    const start = startOf(given.from);
    const limit = limitOf(given.limit, 'messages');
    const { signal, end } = untilInterrupted(shell);
    try {
      const reading = connected(given, around, async (connection) => {
        const { transport } = connection;
        const partitions = await partitionsOf(transport, given.topic);
        const reader = await transport.reader();
        signal.addEventListener('abort', () => reader.wake(), { once: true });
        await reader.add(
          await within(
            reader,
            partitions.map((partition) => ({ topic: given.topic, partition, offset: start })),
          ),
        );
        await follow(reader, limit, signal, given.json ? printJson(shell.out, isText(connection, given.topic)) : printLine(shell.out));
      });
      // Nobody waits for what is closed after a Ctrl-C, nor for a broker that does not answer.
      await untilAborted(reading, signal);
      return done;
    } finally {
      end();
    }
  },
};

/** An offset that is not there yet is waited for, and of what is gone already the rest is read. */
async function within(reader: Reader, starts: readonly StartPosition[]): Promise<readonly StartPosition[]> {
  const ends = await reader.ends(starts);
  return starts.map(({ offset, ...at }, index) => {
    const { low, high } = ends[index];
    return { ...at, offset: typeof offset === 'number' ? Math.min(Math.max(offset, low), high) : offset };
  });
}

type Print = (batch: Batch, index: number) => void;

async function follow(reader: Reader, limit: number, signal: AbortSignal, print: Print): Promise<void> {
  let left = limit;
  while (left > 0 && !signal.aborted) {
    for (const batch of await reader.poll()) {
      for (let index = 0; index < batch.length && left > 0; index++, left--) print(batch, index);
    }
  }
}

function printLine(out: Output): Print {
  return (batch, index) => {
    const at = `${batch.topic}:${batch.partition}:${batch.offset(index)}`;
    out.write(`${at}: key=${showBytes(batch.key(index))} value=${showBytes(batch.value(index))}\n`);
  };
}

/** Whether the app has declared that values of a topic are text, whatever they look like. */
function isText({ discovery, options }: Connection, topic: string): boolean {
  const declared = discovery && topicsOf(describeApp(discovery, options)).find(({ names }) => names.includes(topic));
  return declared !== undefined && ['string', 'raw'].includes(String(declared.options.value));
}

function printJson(out: Output, areTexts: boolean): Print {
  const shown = (value: Buffer | null) => (areTexts ? JSON.stringify(plainBytes(value)) : jsonOf(value));
  return (batch, index) => {
    const message = {
      topic: batch.topic,
      partition: batch.partition,
      offset: batch.offset(index),
      timestamp: batch.timestamp(index),
      key: plainBytes(batch.key(index)),
      headers: batch.headers(index).map(([name, value]) => [name, plainBytes(value)]),
    };
    // Last, as it came: numbers keep all their digits.
    out.write(`${JSON.stringify(message).slice(0, -1)},"value":${shown(batch.value(index))}}\n`);
  };
}

async function partitionsOf(transport: Transport, topic: string): Promise<number[]> {
  const admin = await transport.admin();
  const [found] = await admin.describe([topic]);
  if (found !== undefined) return Array.from({ length: found.partitions }, (_, partition) => partition);
  throw await missingTopic(admin, topic);
}

function startOf(text: string): StartPosition['offset'] {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new ConfigurationError('--from', text, 'earliest, latest or an offset');
}
