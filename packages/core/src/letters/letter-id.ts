import { ConfigurationError } from '../errors/index.js';

/** Where a letter is in the dead-letter topic. */
export interface LetterPosition {
  readonly partition: number;
  readonly offset: number;
}

export function idOf({ partition, offset }: LetterPosition): string {
  return `${partition}-${offset}`;
}

/** @throws ConfigurationError */
export function positionOf(id: string): LetterPosition {
  const [, partition, offset] = /^(\d{1,9})-(\d{1,15})$/.exec(id) ?? [];
  if (partition === undefined || offset === undefined)
    throw new ConfigurationError('id', id, "a dead letter as it is listed: partition-offset, such as '0-17'");
  return { partition: Number(partition), offset: Number(offset) };
}
