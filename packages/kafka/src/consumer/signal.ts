import type { Clock } from '@weir/core/internal/time';

/** Something that may happen before anybody waits for it, and is not forgotten then. */
export class Signal {
  readonly #clock: Clock;
  #isRaised = false;
  #release: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly raise = (): void => {
    this.#isRaised = true;
    this.#release?.();
  };

  lower(): void {
    this.#isRaised = false;
  }

  /** Resolves when it is raised, at once when it is already, and after `ms` in any case. One waits at a time. */
  async wait(ms: number): Promise<void> {
    if (this.#isRaised) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#release = () => {
        cancel();
        resolve();
      };
    });
    this.#release = undefined;
  }
}
