import type { AttemptWrites } from '../attempts/index.js';

/**
 * A value as it stands in the changelog: decoded when it is first read. Text as it is where values are text, else one character for each byte:
 * that takes less memory than a buffer does. Or bytes, as a store gives them.
 */
export class Encoded {
  constructor(readonly payload: string | Buffer) {}
}

/** What a cell had before the changes of generations that are not committed. */
export interface Dirt {
  /** As of the last checkpoint. */
  committed: unknown;
  /** As of the closed generation, where the open one has changed it since. */
  closed: unknown;
  committedTime: number;
  closedTime: number;
  isInClosed: boolean;
  /** What the change of the closed generation was counted as among those that are not committed. */
  closedBytes: number;
}

/** Bytes of a value that was not encoded yet. */
const bytesUnknown = 128;

/** What a shard has under one key; also under one that is not there, while an attempt has asked for it. */
export class Cell {
  /** The newest value of an attempt that has succeeded: undefined where the key is not there, else frozen or `Encoded`. */
  value: unknown = undefined;
  /** The event time of its last change, in milliseconds since 1970, where entries expire. */
  time = 0;
  /** Counts changes. */
  version = 0;
  /** How many unfinished attempts have read or changed it: it stays in its shard meanwhile. */
  pins = 0;
  /** The attempt that has changed it and not succeeded yet, and the index among its changes: no map is asked in the common case. */
  owner: AttemptWrites | undefined = undefined;
  index = 0;
  /**
   * Whether the open generation has changed it. Here and not in its dirt: each change asks for it, and what lies elsewhere has to be
   * fetched.
   */
  isInOpen = false;
  /** What that was counted as among the changes that are not committed. */
  openBytes = 0;
  /** Undefined where everything is committed. */
  dirt: Dirt | undefined = undefined;
  /** Bytes of the value when it was last encoded. */
  sizeBytes = bytesUnknown;
  /** Bytes of the value that an attempt has given it last, as far as they are known. */
  givenBytes = bytesUnknown;
  /** Whether somebody has asked for it since the cache last looked. */
  isUsed = true;

  constructor(readonly key: string) {}

  /** As of the last checkpoint. */
  get committed(): unknown {
    return this.dirt === undefined ? this.value : this.dirt.committed;
  }

  /** What the closed generation has. */
  get closed(): unknown {
    return this.isInOpen && this.dirt !== undefined ? this.dirt.closed : this.value;
  }

  /** The event time of that. */
  get closedTime(): number {
    return this.isInOpen && this.dirt !== undefined ? this.dirt.closedTime : this.time;
  }

  get committedTime(): number {
    return this.dirt === undefined ? this.time : this.dirt.committedTime;
  }

  /** Whether the shard can have it again: from its store, or from what is owed to that. */
  get isSpare(): boolean {
    return this.pins === 0 && this.dirt === undefined;
  }
}

/** That of a cell that is about to be changed. */
export function cleanDirt({ value, time }: Cell): Dirt {
  return {
    committed: value,
    closed: undefined,
    committedTime: time,
    closedTime: 0,
    isInClosed: false,
    closedBytes: 0,
  };
}
