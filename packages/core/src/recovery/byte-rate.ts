import type { Clock } from '../time/index.js';

/** For how long of unused time there may be bytes at once, in seconds. */
const burstSeconds = 1;

/** Lets so many bytes a second through, on average (a token bucket). What is larger than a second's worth goes through, and is waited for afterwards. */
export class ByteRate {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #at: number;
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  /** @param perSecond `Infinity` for no limit */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond * burstSeconds;
    this.#at = clock.now();
  }

  /** So many have come. Undefined when there may be more at once; else resolves when there may. */
  took(bytes: number): Promise<void> | undefined {
    if (this.#perSecond === Number.POSITIVE_INFINITY || this.#isOver) return undefined;
    const now = this.#clock.now();
    const earned = ((now - this.#at) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#left + earned, this.#perSecond * burstSeconds) - bytes;
    this.#at = now;
    return this.#left >= 0 ? undefined : this.#wait((-this.#left / this.#perSecond) * 1_000);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        cancel();
        this.#waiting.delete(go);
        resolve();
      };
      const cancel = this.#clock.after(Math.ceil(ms), go);
      this.#waiting.add(go);
    });
  }

  /** Nobody waits any more. */
  end(): void {
    this.#isOver = true;
    for (const go of this.#waiting) go();
  }
}
