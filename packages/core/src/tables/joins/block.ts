/** A block holds events, or marks of events in other blocks. */
const eventsKind = 1;
const marksKind = 2;
const kindBytes = 1;
/** What a block takes, unless one event takes more. */
const blockBytesMax = 32 * 1024;
const firstBytes = 1_024;

/** Bytes before the key of an event: marks, the event time as a double, the CRC of the topic, the offset, the lengths of key and value. */
const headBytes = 29;
/** Bytes of a mark: the sequence number of the block, the index of the event in it, what has become of it. */
const markBytes = 11;
const sequenceBytes = 6;
const high = 2 ** 32;

/** What has become of an event. */
export const matched = 1;
export const gone = 2;
/** Said of its side, and not of what has become of it. */
const right = 4;

/** An event as it stands in a block. */
export interface WrittenEvent {
  readonly isRight: boolean;
  readonly time: number;
  /** The CRC of its topic, as a signed number. */
  readonly topic: number;
  readonly offset: number;
  readonly key: Buffer;
  readonly value: Buffer;
  /** `matched` and `gone`. */
  readonly marks: number;
}

/** Says of an event what has become of it since its block was written. */
export interface Mark {
  /** The sequence number of its block. */
  readonly sequence: number;
  /** Its index there. */
  readonly index: number;
  readonly mark: number;
}

/** Where a block is in its shard. */
export interface BlockAddress {
  /** No other block of the shard has it. */
  readonly sequence: number;
  readonly cellKey: string;
}

export function sizeOfEvent({ key, value }: Pick<WrittenEvent, 'key' | 'value'>): number {
  return headBytes + key.length + value.length;
}

/** Entries of one stretch of time: bytes of its own while it takes more, then an entry of the shard. */
export class Block {
  /** Missing where it takes no more. */
  #bytes: Buffer | undefined;
  #length = kindBytes;
  /** How many entries it has been given. */
  count = 0;
  /** Where it is in the shard; undefined before. */
  address: BlockAddress | undefined;

  /** @param stretch with which it goes */
  private constructor(public stretch: number) {}

  static ofEvents(stretch: number): Block {
    const made = new Block(stretch);
    made.#begin(eventsKind);
    return made;
  }

  static ofMarks(stretch: number): Block {
    const made = new Block(stretch);
    made.#begin(marksKind);
    return made;
  }

  /** One of the shard. */
  static at(address: BlockAddress): Block {
    const made = new Block(0);
    made.address = address;
    return made;
  }

  #begin(kind: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
    this.#bytes[0] = kind;
  }

  /** What stands in it, while it takes more. */
  get bytes(): Buffer | undefined {
    return this.#bytes;
  }

  hasRoom(size: number): boolean {
    return this.count === 0 || this.#length + size <= blockBytesMax;
  }

  #room(size: number): Buffer {
    const bytes = this.#bytes as Buffer;
    const needed = this.#length + size;
    this.count++;
    if (needed <= bytes.length) return bytes;
    const more = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * bytes.length, blockBytesMax)));
    bytes.copy(more, 0, 0, this.#length);
    this.#bytes = more;
    return more;
  }

  /** @returns where it begins */
  addEvent({ isRight, time, topic, offset, key, value, marks }: WrittenEvent): number {
    const bytes = this.#room(headBytes + key.length + value.length);
    const at = this.#length;
    bytes[at] = marks | (isRight ? right : 0);
    bytes.writeDoubleBE(time, at + 1);
    bytes.writeInt32BE(topic, at + 9);
    bytes.writeInt32BE(Math.floor(offset / high), at + 13);
    bytes.writeUInt32BE(offset >>> 0, at + 17);
    bytes.writeUInt32BE(key.length, at + 21);
    bytes.writeUInt32BE(value.length, at + 25);
    key.copy(bytes, at + headBytes);
    value.copy(bytes, at + headBytes + key.length);
    this.#length = at + headBytes + key.length + value.length;
    return at;
  }

  /** @returns how many bytes it takes */
  addMark({ sequence, index, mark }: Mark): number {
    const bytes = this.#room(markBytes);
    bytes.writeUIntBE(sequence, this.#length, sequenceBytes);
    bytes.writeUInt32BE(index, this.#length + sequenceBytes);
    bytes[this.#length + markBytes - 1] = mark;
    this.#length += markBytes;
    return markBytes;
  }

  /** Says of an event what has become of it, while the block takes more. */
  mark(at: number, mark: number): void {
    if (this.#bytes !== undefined) this.#bytes[at] |= mark;
  }

  /** It takes no more. @returns what stands in it */
  close(address: BlockAddress): Buffer {
    const bytes = this.#bytes as Buffer;
    this.#bytes = undefined;
    this.address = address;
    const used = bytes.subarray(0, this.#length);
    return 4 * used.length < 3 * bytes.length ? Buffer.from(used) : used;
  }
}

/** The value of the event that begins at a byte of a block. */
export function valueAt(bytes: Buffer, at: number): Buffer {
  const from = at + headBytes + bytes.readUInt32BE(at + 21);
  return bytes.subarray(from, from + bytes.readUInt32BE(at + 25));
}

/** What a block has that stands for nothing. */
export function emptyBlock(): Buffer {
  return Buffer.from([eventsKind]);
}

/** Whether a block holds events, and not marks. */
export function holdsEvents(bytes: Buffer): boolean {
  return bytes[0] === eventsKind;
}

/** The events of a block that holds some, each with the byte where it begins. */
export function* eventsIn(bytes: Buffer): Generator<WrittenEvent & { readonly at: number }> {
  for (let at = kindBytes; at < bytes.length; ) {
    const key = at + headBytes;
    const value = key + bytes.readUInt32BE(at + 21);
    const end = value + bytes.readUInt32BE(at + 25);
    yield {
      at,
      isRight: (bytes[at] & right) !== 0,
      marks: bytes[at] & (matched | gone),
      time: bytes.readDoubleBE(at + 1),
      topic: bytes.readInt32BE(at + 9),
      offset: bytes.readInt32BE(at + 13) * high + bytes.readUInt32BE(at + 17),
      key: bytes.subarray(key, value),
      value: bytes.subarray(value, end),
    };
    at = end;
  }
}

/** The marks of a block that holds some. */
export function* marksIn(bytes: Buffer): Generator<Mark> {
  for (let at = kindBytes; at < bytes.length; at += markBytes)
    yield {
      sequence: bytes.readUIntBE(at, sequenceBytes),
      index: bytes.readUInt32BE(at + sequenceBytes),
      mark: bytes[at + markBytes - 1],
    };
}
