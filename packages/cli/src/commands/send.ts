import { textOf } from '@weir/core/internal/codecs';
import type { Schema, TopicDefinition } from '@weir/core/internal/definitions';
import { CodecError, ConfigurationError, didYouMean, reason, withRemedy } from '@weir/core/internal/errors';
import { formatPosition } from '@weir/core/internal/positions';
import { dateOf, within } from '@weir/core/internal/time';
import { headerPairs, timestampMs } from '@weir/core/internal/topics';
import { topicsOf } from '@weir/core/internal/topology';
import type { Outgoing, Producer } from '@weir/core/internal/transport';
import { type GlobalArguments, nameAndValue } from '../arguments/global-options.js';
import { UsageError } from '../arguments/usage.js';
import { bytesOf, keyBytesOf } from '../arguments/values.js';
import type { Runner, Surroundings } from '../command.js';
import { type Connection, connected, describeApp } from '../connect.js';
import { done } from '../failure.js';
import { missingTopic } from '../missing-topic.js';

interface SendArguments extends GlobalArguments {
  readonly target: string;
  readonly value: string;
  readonly key?: string;
  readonly partition?: string;
  readonly header?: readonly string[];
  readonly timestamp?: string;
}

/** Where messages go, and how their keys and values are written. */
interface Target {
  readonly topic: string;
  readonly key: Schema;
  readonly value: Schema;
}

/** How long a broker may take to make a topic. */
const madeMs = 3_000;

/** `weir send`: writes messages as a program outside would. */
export const send: Runner = {
  run: (given: SendArguments, around: Surroundings): Promise<number> =>
    connected(given, around, async (connection) => {
      const target = targetOf(given.target, connection);
      const common = commonOf(given, target);
      const compose = (text: string): Outgoing => ({ ...common, topic: target.topic, value: bytesOf(target.value, text) });
      const first = given.value === '-' ? undefined : compose(given.value);
      const producer = await connection.transport.producer();
      const sending = (message: Outgoing) => unlessMissing(connection, target.topic, around, sendOne(producer, message, given, around));
      if (first !== undefined) await sending(first);
      else {
        let number = 0;
        for await (const line of around.shell.lines()) await sending(numbered(++number, () => compose(textOf(line, 'text'))));
      }
      return done;
    }),
};

/** A line that cannot be sent is found by its number. */
function numbered(number: number, compose: () => Outgoing): Outgoing {
  try {
    return compose();
  } catch (cause) {
    const sent = number === 1 ? 'Nothing was sent' : `What stands before it was sent`;
    throw new CodecError(withRemedy(`line ${number} of standard input: ${reason(cause)}`, sent), { cause });
  }
}

/** A topic that is missing may come with its first message, if the broker makes it; otherwise the client tries for half a minute. */
async function unlessMissing({ transport }: Connection, topic: string, { shell }: Surroundings, sent: Promise<void>): Promise<void> {
  if ((await within(shell.clock, madeMs, sent, 'late')) === 'late') {
    sent.catch(() => undefined);
    const admin = await transport.admin();
    if ((await admin.describe([topic])).length === 0) throw await missingTopic(admin, topic);
  }
  await sent;
}

async function sendOne(producer: Producer, message: Outgoing, { json }: SendArguments, { shell }: Surroundings): Promise<void> {
  const { topic, partition, offset } = await producer.send(message);
  const position = { topic, partition, offset };
  shell.out.write(`${json ? JSON.stringify(position) : formatPosition(position)}\n`);
}

function targetOf(name: string, { discovery, options }: Connection): Target {
  const topology = discovery === undefined ? undefined : describeApp(discovery, options);
  if (!name.startsWith('@')) {
    const declared = topology && topicsOf(topology).find(({ names }) => names.includes(name));
    return declared === undefined ? { topic: name, key: 'string', value: 'string' } : schemasOf(name, declared, options.codec);
  }
  if (topology === undefined) throw new UsageError('@ names an agent of an app. Name the app with -A module[:Export]');
  const [agent, ...others] = topology.agents.filter((each) => each.name === name.slice(1));
  const known = topology.agents.map((each) => `@${each.name}`);
  if (agent === undefined)
    throw new UsageError(`the app has no agent ${name}${didYouMean(name, known) || '.'} Its agents: ${known.join(', ') || 'none'}`);
  if (others.length > 0) {
    const read = [agent, ...others].map((each) => each.topic.name).join(', ');
    throw new UsageError(`${name} reads several topics: ${read}. Send to one of them by its name`);
  }
  const [topic] = agent.topic.names;
  if (typeof topic !== 'string') throw new UsageError(`${name} reads whatever matches ${agent.topic.name}. Send to one topic by its name`);
  return schemasOf(topic, agent.topic, options.codec);
}

function schemasOf(topic: string, { options }: TopicDefinition, codec: Schema = 'json'): Target {
  return { topic, key: options.key ?? 'string', value: options.value ?? codec };
}

function commonOf({ key, partition, header = [], timestamp }: SendArguments, target: Target): Omit<Outgoing, 'topic' | 'value'> {
  return {
    key: key === undefined ? null : keyBytesOf(target.key, key),
    partition: partition === undefined ? undefined : partitionOf(partition),
    headers: headerPairs(header.map((pair) => nameAndValue('--header', pair))),
    timestamp: timestamp === undefined ? undefined : timestampOf(timestamp),
  };
}

function partitionOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new ConfigurationError('--partition', text, 'a whole number from 0');
}

function timestampOf(text: string): number | undefined {
  const ms = /^\d+$/.test(text) ? Number(text) : dateOf(text);
  if (ms === undefined)
    throw new ConfigurationError('--timestamp', text, "milliseconds since 1970, or a date such as '2026-01-31T12:00:00Z'");
  return timestampMs(ms);
}
