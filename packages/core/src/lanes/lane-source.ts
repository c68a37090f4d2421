import type { BoundAgent } from '../agents/index.js';
import { type Attempt, sentAheadOfTake } from '../attempts/index.js';
import type { Codec } from '../codecs/index.js';
import type { OnEmpty, Reads, TopicDefinition } from '../definitions/index.js';
import type { Position } from '../positions/index.js';
import type { BatchEvent, EventSource, TimesOfEvents } from '../streams/index.js';
import type { Message, Topic } from '../topics/index.js';
import type { Outgoing } from '../transport/index.js';
import type { LaneContext } from './lane-context.js';
import type { Signals } from './signals.js';

/** What events reach through the lane they come from: the codecs that read them, their signals, and the way on to another topic. */
export class LaneSource implements EventSource {
  readonly keyCodec: Codec<unknown>;
  readonly valueCodec: Codec<unknown>;
  readonly onEmpty: OnEmpty;
  readonly reads: Reads | undefined;
  /** Set by the lane, where somebody goes by event times. */
  times: TimesOfEvents | undefined;
  readonly #context: LaneContext;
  readonly #signals: Signals;

  constructor(agent: BoundAgent, context: LaneContext, signals: Signals) {
    this.keyCodec = agent.keyCodec;
    this.valueCodec = agent.valueCodec;
    this.onEmpty = agent.onEmpty;
    this.reads = agent.reads;
    this.#context = context;
    this.#signals = signals;
  }

  signalOf(event: BatchEvent): AbortSignal {
    return this.#signals.of(event);
  }

  forward(
    attempt: object | undefined,
    message: Outgoing,
    topic: TopicDefinition | Topic,
    replace: Partial<Pick<Message<unknown, unknown>, 'key' | 'value'>>,
  ): Promise<Position> {
    if (attempt === undefined && this.#context.isExact) throw sentAheadOfTake();
    const target = this.#context.topic(topic);
    const replaced = target.encode({ key: replace.key, value: replace.value ?? null });
    return this.#context.outputs.sendFor(attempt as Attempt | undefined, {
      ...message,
      topic: replaced.topic,
      key: 'key' in replace ? replaced.key : message.key,
      value: 'value' in replace ? replaced.value : message.value,
    });
  }
}
