import { loggable, reason } from '../errors/index.js';
import type { ComponentSurroundings, LeaderTerm } from '../topology/index.js';
import { called } from './runs.js';

/** What `@Task` declares. */
export interface TaskDeclaration {
  /** Whether it runs on the leader, while its worker is that. @default false */
  readonly onLeader?: boolean;
}

/** A task of an instance. */
export interface TaskDescription extends TaskDeclaration {
  readonly name: string;
  readonly run: (signal: AbortSignal) => unknown;
}

/** Runs a method once in the background, from when its worker is ready until it stops; on the leader once in each of its terms. */
export class RunningTask {
  readonly #description: TaskDescription;
  readonly #around: Pick<ComponentSurroundings, 'logger' | 'moved' | 'ready' | 'whenLeading'>;
  readonly #failed: (error: unknown) => void;
  readonly #runs = new Set<Promise<void>>();
  #isStopped = false;
  #term: LeaderTerm | undefined;
  #ending = new AbortController();

  /** @param failed told what it failed with before it was to end */
  constructor(
    description: TaskDescription,
    around: Pick<ComponentSurroundings, 'logger' | 'moved' | 'ready' | 'whenLeading'>,
    failed: (error: unknown) => void,
  ) {
    this.#description = description;
    this.#around = around;
    this.#failed = failed;
  }

  get name(): string {
    return this.#description.name;
  }

  /** Runs that go on though they were to end. */
  get left(): number {
    return this.#isStopped ? this.#runs.size : 0;
  }

  start(): void {
    const { ready, whenLeading } = this.#around;
    const begin = () => {
      if (this.#description.onLeader === true) whenLeading((term) => this.#follow(term));
      else this.#begin();
    };
    ready.then(begin, () => undefined);
  }

  /** Resolves when it has come to its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#ending.abort();
    await Promise.all(this.#runs);
  }

  #follow(term: LeaderTerm | undefined): void {
    if (term === this.#term) return;
    this.#term = term;
    this.#ending.abort();
    if (term !== undefined) this.#begin();
  }

  #begin(): void {
    if (this.#isStopped) return;
    this.#ending = new AbortController();
    const run = this.#run(this.#ending.signal).finally(() => {
      this.#runs.delete(run);
      this.#around.moved();
    });
    this.#runs.add(run);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { name, run } = this.#description;
    try {
      await called(name, run, signal);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
      else if (error !== signal.reason)
        this.#around.logger.error({ task: name, err: loggable(error) }, `task ${name} failed as it ended: ${reason(error)}`);
    }
  }
}
