import { StateError } from '@weir/core';

/** What can be made to go wrong with the stores of a `TestApp`. */
export class StoreFaults {
  #failing: Error | undefined;
  #held: Promise<void> | undefined;
  #release: () => void = () => {};

  /** Every write rejects from now on, as on a full disk, until `mend`. @param error default: `STORE_FAILED` */
  failWrites(error: Error = full()): void {
    this.#failing = error;
  }

  /** The disk has room again. */
  mend(): void {
    this.#failing = undefined;
  }

  /** Writes wait until `release`. Those of a worker that crashes meanwhile never happen: it was killed between the commit and the write. */
  holdWrites(): void {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Waited for before each write. */
  async beforeWrite(): Promise<void> {
    await this.#held;
    if (this.#failing !== undefined) throw this.#failing;
  }
}

function full(): StateError {
  return new StateError('the store cannot be written: no space left on device. Nothing is lost: the changelogs have everything', {
    code: 'STORE_FAILED',
  });
}
