import { refuseSteps } from '../agents/index.js';

/** What timers and crons tell their worker. */
export interface TaskEvents {
  failed(task: string, error: unknown): void;
  moved(): void;
}

/** The runs of a method that is called at its times. */
export class Runs {
  readonly #name: string;
  readonly #run: () => unknown;
  readonly #events: TaskEvents;
  #quiet: (() => void)[] = [];
  /** Those that are not done. */
  running = 0;

  constructor(name: string, run: () => unknown, events: TaskEvents) {
    this.#name = name;
    this.#run = run;
    this.#events = events;
  }

  async begin(): Promise<void> {
    this.running++;
    try {
      refuseSteps(await this.#run(), this.#name, 'Write an ordinary method: nobody takes what it yields');
    } catch (error) {
      this.#events.failed(this.#name, error);
    }
    this.running--;
    if (this.running === 0) for (const resolve of this.#quiet.splice(0)) resolve();
    this.#events.moved();
  }

  /** Resolves when none runs. */
  quiet(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve));
  }
}
