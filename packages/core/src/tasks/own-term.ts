import type { LeaderTerm, LeaderTick, Tick } from '../topology/index.js';

/** What runs in every worker has a term from its start to its stop, and nothing of it is durable. */
export class OwnTerm implements LeaderTerm {
  readonly #stopping = new AbortController();
  #over: number | undefined;

  over(): number | undefined {
    return this.#over;
  }

  note(_: string, time: number): void {
    this.#over = Math.max(this.#over ?? time, time);
  }

  async run({ name, time = 0 }: LeaderTick, run: (tick: Tick) => unknown): Promise<boolean> {
    this.note(name, time);
    await run({ time, signal: this.#stopping.signal });
    return true;
  }

  stop(): void {
    this.#stopping.abort();
  }
}
