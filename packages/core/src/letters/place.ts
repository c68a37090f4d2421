import { ConfigurationError } from '../errors/index.js';

/** A place in the dead-letter topic. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

export function idOf({ partition, offset }: LetterPlace): string {
  return `${partition}-${offset}`;
}

/** @throws ConfigurationError */
export function placeOf(id: string): LetterPlace {
  const [, partition, offset] = /^(\d{1,9})-(\d{1,15})$/.exec(id) ?? [];
  if (partition === undefined || offset === undefined)
    throw new ConfigurationError('id', id, "a dead letter as it is listed: partition-offset, such as '0-17'");
  return { partition: Number(partition), offset: Number(offset) };
}
