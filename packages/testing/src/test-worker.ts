import type { TopicPartition } from '@weir/core';
import type { Worker } from '@weir/core/internal/app';
import type { Class } from '@weir/core/internal/metadata';
import type { Load } from '@weir/core/internal/worker';
import type { Settling } from './settling.js';

/** One worker of a `TestApp`. */
export class TestWorker {
  readonly #worker: Worker;
  readonly #transport: { crash(): void };
  readonly #settling: Settling;
  isRunning = true;

  constructor(worker: Worker, transport: { crash(): void }, settling: Settling) {
    this.#worker = worker;
    this.#transport = transport;
    this.#settling = settling;
  }

  /** This worker's instance of a class. */
  get<T extends object>(declaring: Class<T>): T {
    return this.#worker.get(declaring);
  }

  /** Finishes, commits, hands over and leaves. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    await this.#settling.whileTurning(this.#worker.stop());
    this.isRunning = false;
  }

  /** Drops the worker on the spot: nothing drained, nothing committed. */
  async crash(): Promise<void> {
    this.isRunning = false;
    const crashed = this.#worker.crash();
    this.#transport.crash();
    await crashed;
  }

  checkpoint(): Promise<void> {
    return this.isRunning && this.failure === undefined ? this.#worker.checkpoint() : Promise.resolve();
  }

  get load(): Load {
    return this.isRunning ? this.#worker.stream.load : { waiting: 0, running: 0 };
  }

  watermark(at: TopicPartition): number | undefined {
    return this.isRunning ? this.#worker.stream.watermark(at) : undefined;
  }

  /** The handlers that have not settled, as text. */
  get running(): string[] {
    return this.isRunning ? this.#worker.stream.running() : [];
  }

  /** Why the worker stopped by itself. */
  get failure(): Error | undefined {
    return this.isRunning ? this.#worker.stream.failure : undefined;
  }

  /** Resolves or rejects when the worker has stopped. */
  get finished(): Promise<void> {
    return this.#worker.finished;
  }
}
