import { refuseSteps } from '../agents/index.js';

/** What timers and crons tell their worker. */
export interface TaskEvents {
  failed(task: string, error: unknown): void;
  moved(): void;
}

/** The runs of a method that is called at its times. */
export class Runs {
  readonly #name: string;
  readonly #events: TaskEvents;
  #quiet: (() => void)[] = [];
  /** Those that are not done. */
  running = 0;

  constructor(name: string, events: TaskEvents) {
    this.#name = name;
    this.#events = events;
  }

  /** @returns what it gives; undefined where it has failed */
  async begin<T>(run: () => T | Promise<T>): Promise<T | undefined> {
    this.running++;
    let given: T | undefined;
    try {
      given = await run();
    } catch (error) {
      this.#events.failed(this.#name, error);
    }
    this.running--;
    if (this.running === 0) for (const resolve of this.#quiet.splice(0)) resolve();
    this.#events.moved();
    return given;
  }

  /** Resolves when none runs. */
  quiet(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve));
  }
}

/** Calls a method. @throws TypeError where it is a generator, which nobody runs */
export async function called<T>(name: string, run: (given: T) => unknown, given: T): Promise<void> {
  refuseSteps(await run(given), name, 'Write an ordinary method: nobody takes what it yields');
}
