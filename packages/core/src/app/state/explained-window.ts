import { disorderOf, isWritable, type TopicDefinition, type WindowedTableDefinition } from '../../definitions/index.js';
import { readTime } from '../../positions/index.js';
import { windowSpec } from '../../tables/index.js';
import type { Transport } from '../../transport/index.js';
import { windowsAt } from '../../windows/index.js';
import type { ReadTable, StoredTables } from './stored-tables.js';

/** How far a topic has come in a partition, as it is committed. */
export interface TopicProgress {
  readonly topic: string;
  /** Its time less its disorder, in milliseconds since 1970; undefined before anything is noted. */
  readonly time: number | undefined;
}

/** A window of a key, as it is committed. Times are milliseconds since 1970. */
export interface ExplainedWindow {
  readonly start: number;
  readonly end: number;
  /** When it closes: once the watermark is there. */
  readonly closesAt: number;
  /** `empty`: nothing was written to it, and it takes events. `gone`: it is closed, and not kept, or never had anything. */
  readonly state: 'open' | 'empty' | 'closing' | 'kept' | 'gone';
  readonly value?: unknown;
}

/** What there is to be told of the windows of a key at a time. */
export interface WindowExplanation {
  readonly partition: number;
  /** Undefined before anything is noted. */
  readonly watermark: number | undefined;
  /** What the watermark goes by, that which has come least far first: it holds the watermark, unless it is idle. */
  readonly topics: readonly TopicProgress[];
  readonly windows: readonly ExplainedWindow[];
}

export interface ExplainParts {
  readonly stored: StoredTables;
  readonly transport: Transport;
  /** The consumer group of the app. */
  readonly group: string;
}

/** Tells the windows of a key that hold a time: what is committed, and how far the watermark of its partition has come. */
export async function explainWindow(
  { stored, transport, group }: ExplainParts,
  use: ReadTable & { readonly definition: WindowedTableDefinition },
  key: unknown,
  time: number,
): Promise<WindowExplanation> {
  const spec = windowSpec(use.definition.windowing);
  const found = await stored.get(use, key);
  const partition = found?.partition ?? (await stored.partitionOf(use, key));
  const { watermark, topics } = await progressOf(transport, group, use.topics, partition);
  const known = ((found?.value ?? []) as readonly StoredWindow[]).filter(({ start, end }) => start <= time && time < end);
  const stateOf = (closesAt: number, stored: StoredWindow | undefined): ExplainedWindow['state'] => {
    const isOver = watermark !== undefined && closesAt <= watermark;
    if (stored === undefined) return isOver ? 'gone' : 'empty';
    if (stored.isClosed) return 'kept';
    return isOver ? 'closing' : 'open';
  };
  const aligned = spec.grid === undefined ? known : windowsAt(time, spec.grid);
  const windows = aligned.map(({ start, end }): ExplainedWindow => {
    const stored = known.find((each) => each.start === start && each.end === end);
    const closesAt = end + spec.graceMs;
    return { start, end, closesAt, state: stateOf(closesAt, stored), ...(stored !== undefined && { value: stored.value }) };
  });
  return { partition, watermark, topics, windows };
}

interface StoredWindow {
  readonly start: number;
  readonly end: number;
  readonly isClosed: boolean;
  readonly value: unknown;
}

async function progressOf(
  transport: Transport,
  group: string,
  feeding: readonly TopicDefinition[],
  partition: number,
): Promise<Pick<WindowExplanation, 'watermark' | 'topics'>> {
  const consumer = await transport.consumer({ group });
  try {
    const topics = feeding.filter(isWritable);
    const committed = await consumer.committed(topics.map(({ name }) => ({ topic: name, partition })));
    const noted = committed.map(({ metadata }) => readTime(metadata));
    const marks = noted.flatMap((each) => (each === undefined || !Number.isFinite(each.watermark) ? [] : [each.watermark]));
    const progress = topics.map((each, index): TopicProgress => {
      const time = noted[index]?.topic;
      return { topic: each.name, time: time === undefined ? undefined : time - disorderOf(each) };
    });
    progress.sort((one, other) => (one.time ?? Number.NEGATIVE_INFINITY) - (other.time ?? Number.NEGATIVE_INFINITY));
    return { watermark: marks.length === 0 ? undefined : Math.max(...marks), topics: progress };
  } finally {
    await consumer.close();
  }
}
