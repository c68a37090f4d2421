/** So many messages are remembered: a power of two. */
const rememberedMax = 256;

/**
 * The messages that a lane was given last. One of them that comes once more is known by its offset and timestamp: where a topic was deleted and made
 * anew its offsets begin again, and what comes then is something else.
 */
export class Recent {
  readonly #offsets = new Float64Array(rememberedMax).fill(-1);
  readonly #timestamps = new Float64Array(rememberedMax);

  /** Remembers a message. @returns whether it has come before */
  add(offset: number, timestamp: number): boolean {
    const place = offset & (rememberedMax - 1);
    if (this.#offsets[place] === offset && this.#timestamps[place] === timestamp) return true;
    this.#offsets[place] = offset;
    this.#timestamps[place] = timestamp;
    return false;
  }
}
