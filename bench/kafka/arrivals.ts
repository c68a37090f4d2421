/** Wakes who waits for messages. `raise` is the driver's `queue_non_empty_cb`. */
export class Arrivals {
  #isRaised = false;
  #wake = (): void => {};

  readonly raise = (): void => {
    this.#isRaised = true;
    this.#wake();
  };

  /** To be called before messages are asked for, so that no wake-up is lost meanwhile. */
  lower(): void {
    this.#isRaised = false;
  }

  /** Resolves when it is raised, or the time is up. */
  wait(ms: number): Promise<void> {
    if (this.#isRaised) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
