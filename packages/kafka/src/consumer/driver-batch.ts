import type { Batch, HeaderPair } from '@weir/core/internal/transport';
import type { DriverMessage } from '../driver/driver-types.js';

/** The driver's message objects of one partition, read by column. */
export class DriverBatch implements Batch {
  readonly topic: string;
  readonly partition: number;
  readonly #messages: DriverMessage[];
  #sizeBytes: number | undefined;

  /** @param messages of one partition, in order; owned by the batch from here on */
  constructor(messages: DriverMessage[]) {
    this.topic = messages[0]!.topic;
    this.partition = messages[0]!.partition;
    this.#messages = messages;
  }

  get length(): number {
    return this.#messages.length;
  }

  get sizeBytes(): number {
    if (this.#sizeBytes === undefined) {
      let bytes = 0;
      for (const { size, key } of this.#messages) bytes += size + (key === null ? 0 : key.length);
      this.#sizeBytes = bytes;
    }
    return this.#sizeBytes;
  }

  offset(index: number): number {
    return this.#at(index).offset;
  }

  timestamp(index: number): number {
    return this.#at(index).timestamp;
  }

  key(index: number): Buffer | null {
    return copy(this.#at(index).key);
  }

  value(index: number): Buffer | null {
    return copy(this.#at(index).value);
  }

  keyToPassOn(index: number): Buffer | null {
    return this.#at(index).key;
  }

  keyText(index: number): string | null {
    const { key } = this.#at(index);
    return key === null ? null : key.toString();
  }

  valueText(index: number): string | null {
    const { value } = this.#at(index);
    return value === null ? null : value.toString();
  }

  headers(index: number): readonly HeaderPair[] {
    const { headers } = this.#at(index);
    return headers === undefined
      ? []
      : headers.flatMap((header) => Object.entries(header).map(([name, value]): HeaderPair => [name, Buffer.from(value)]));
  }

  hasHeader(index: number, name: string): boolean {
    return this.#at(index).headers?.some((header) => Object.hasOwn(header, name)) ?? false;
  }

  #at(index: number): DriverMessage {
    const message = this.#messages[index];
    if (message === undefined) throw new RangeError(`a batch of ${this.#messages.length} messages has none at ${index}`);
    return message;
  }
}

/**
 * One batch for each partition, in order of first appearance. The driver hands over runs of one partition, as they were
 * fetched: what costs is counted in runs, not in messages.
 */
export function group(messages: DriverMessage[]): DriverBatch[] {
  if (messages.length === 0) return [];
  let run = messages[0]!;
  let start = 0;
  let partitions: Map<string, DriverMessage[]> | undefined;
  for (let index = 1; index < messages.length; index++) {
    const message = messages[index]!;
    if (message.partition === run.partition && message.topic === run.topic) continue;
    partitions ??= new Map();
    take(partitions, run, messages.slice(start, index));
    run = message;
    start = index;
  }
  if (partitions === undefined) return [new DriverBatch(messages)];
  take(partitions, run, messages.slice(start));
  return [...partitions.values()].map((ofOne) => new DriverBatch(ofOne));
}

function take(partitions: Map<string, DriverMessage[]>, { topic, partition }: DriverMessage, run: DriverMessage[]): void {
  const key = `${partition}/${topic}`;
  const before = partitions.get(key);
  if (before === undefined) partitions.set(key, run);
  else for (const message of run) before.push(message);
}

/** A handler may write into what it is given: a further try, another agent and a dead letter have what was sent. */
function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
