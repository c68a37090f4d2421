import { eventTimeOf, isParkedSource, isTopic, type TopicDefinition } from '../definitions/index.js';
import { ConfigurationError } from '../errors/index.js';
import type { TopicPartition } from '../positions/index.js';
import { type BatchEvent, visibleHeaders, writeOrigin } from '../streams/index.js';
import { durationMs } from '../time/index.js';
import { type BoundTopic, encode, isResultMessage } from '../topics/index.js';
import type { Batch, HeaderPair } from '../transport/index.js';
import {
  type AgentDescription,
  type AgentReference,
  type BoundAgent,
  type ConcurrencyOption,
  type Emit,
  isRegrouping,
  type Regrouping,
  type ResultTaker,
  type Sink,
} from './agent.js';
import { type ErrorPolicy, type ErrorsOption, errorPolicy } from './errors-option.js';
import { isThenable } from './is-thenable.js';
import { refuseSteps } from './outcome.js';

/** How an agent finds what its description only names. */
export interface Bindings {
  readonly errors: ErrorsOption | undefined;
  topic(definition: TopicDefinition): BoundTopic<unknown, unknown>;
  /** The topic that an agent reads: a sink that is an agent means it. */
  topicOf(agent: AgentReference): TopicDefinition;
  /** The watermark of the partition that an event comes from which is moved to a topic; undefined where nobody there goes by it. */
  originTime?(to: TopicDefinition): ((from: TopicPartition) => number) | undefined;
}

/** Compiles an agent's options and finds its codecs and sinks. @throws ConfigurationError */
export function bindAgent(description: AgentDescription, bindings: Bindings): BoundAgent {
  const { keyCodec, valueCodec, onEmpty } = bindings.topic(description.topic);
  const errors = errorPolicy(bindings.errors, description.errors);
  const within = description.kind === 'batch' ? description.batch.within : undefined;
  return {
    name: description.name,
    definition: description,
    keyCodec,
    valueCodec,
    onEmpty,
    reads: description.reads,
    expands: description.expands,
    eventTime: isMessages(description.topic) ? eventTimeOf(description.topic) : undefined,
    errors,
    concurrency: concurrency(description, errors),
    handlerTimeoutMs: description.handlerTimeout === undefined ? 0 : durationMs(description.handlerTimeout, 'handlerTimeout'),
    batchWithinMs: within === undefined ? 0 : durationMs(within, 'batch.within'),
    hasOneTopicSink: description.sinks?.length === 1 && typeof description.sinks[0] !== 'function',
    hasFunctionSinks: (description.sinks ?? []).some((sink) => typeof sink === 'function'),
    emit: emitTo((description.sinks ?? []).map((sink) => open(sink, bindings))),
  };
}

/** Whether what is read are messages, from their log or parked. */
function isMessages({ derivedFrom }: TopicDefinition): boolean {
  return derivedFrom === undefined || isParkedSource(derivedFrom);
}

function concurrency({ concurrency: given = {}, kind, name }: AgentDescription, errors: ErrorPolicy): BoundAgent['concurrency'] {
  const { by = given.max === undefined || given.max === 1 ? 'partition' : 'key', maxAhead = 1_000 } = given satisfies ConcurrencyOption;
  const max = given.max ?? (by === 'partition' ? 1 : 16);
  if (!['partition', 'key', 'none'].includes(by))
    throw new ConfigurationError(`${name}: concurrency.by`, by, "'partition', 'key' or 'none'");
  for (const [option, value] of [
    ['max', max],
    ['maxAhead', maxAhead],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new ConfigurationError(`${name}: concurrency.${option}`, value, 'a whole number of events from 1');
  }
  if (by === 'partition' && max > 1)
    throw new ConfigurationError(`${name}: concurrency.max`, max, "1 when concurrency.by is 'partition'; choose 'key' or 'none' for more");
  if (kind === 'event' && by === 'partition' && errors.order === 'key') return { by: 'key', max: 1, maxAhead };
  return { by, max, maxAhead };
}

/** Where results go, one after another. */
function open(sink: Sink<never> | Regrouping, bindings: Bindings): Emit {
  if (isRegrouping(sink)) return regroup(bindings.topic(sink.topic), bindings.originTime?.(sink.topic));
  if (typeof sink === 'function') {
    return (result) => {
      const outcome = (sink as (result: unknown) => unknown)(isResultMessage(result) ? result.value : result);
      refuseSteps(outcome, 'a sink', 'Give an ordinary function');
      return isThenable(outcome) ? Promise.resolve(outcome) : undefined;
    };
  }
  const topic = bindings.topic(isTopic(sink) ? sink : bindings.topicOf(sink as AgentReference));
  return (result, event: BatchEvent, taker: ResultTaker) => {
    taker.stage(topic.encodeResult(event, result, traceOf(event.batch, event.index)));
    return undefined;
  };
}

/** The event itself under the key that is the result: only that is encoded. */
function regroup({ name, keyCodec }: BoundTopic<unknown, unknown>, originTime: ((from: TopicPartition) => number) | undefined): Emit {
  const what = `the new key of a message to ${name}`;
  return (newKey, { batch, index }, taker) => {
    const visible = visibleHeaders(batch, index);
    const { partition } = batch;
    const headers = originTime === undefined ? visible : [...visible, writeOrigin({ partition, watermark: originTime(batch) })];
    const timestamp = batch.timestamp(index);
    taker.stage({
      topic: name,
      key: encode(keyCodec, newKey, what),
      value: batch.value(index),
      timestamp: timestamp < 0 ? undefined : timestamp,
      headers: headers.length === 0 ? undefined : headers,
    });
    return undefined;
  };
}

/** The headers by which a trace goes on, as W3C names them. Asked for every result: most events have none. */
function traceOf(batch: Batch, index: number): readonly HeaderPair[] | undefined {
  const hasTrace = batch.hasHeader(index, 'traceparent') || batch.hasHeader(index, 'tracestate') || batch.hasHeader(index, 'baggage');
  return hasTrace
    ? batch.headers(index).filter(([name]) => name === 'traceparent' || name === 'tracestate' || name === 'baggage')
    : undefined;
}

function emitTo(sinks: readonly Emit[]): Emit {
  if (sinks.length === 0) return () => undefined;
  if (sinks.length === 1) return sinks[0];
  return (result, event, taker) => {
    const pending: Promise<unknown>[] = [];
    try {
      for (const sink of sinks) {
        const taken = sink(result, event, taker);
        if (taken !== undefined) pending.push(taken);
      }
    } catch (error) {
      // The event has failed already; that another sink fails too, later, says nothing new.
      for (const taken of pending) taken.catch(() => undefined);
      throw error;
    }
    return pending.length === 0 ? undefined : Promise.all(pending);
  };
}
