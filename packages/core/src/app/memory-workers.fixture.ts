import { expect } from '@jest/globals';
import { pino } from 'pino';
import { DefinitionError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { VirtualClock } from '../time/index.js';
import { MemoryBroker } from '../transport/index.js';
import { type Overrides, Worker } from './index.js';

/** Workers of one test, on a broker in memory. */
export class MemoryWorkers {
  readonly clock = new VirtualClock();
  readonly broker = new MemoryBroker({ clock: this.clock });
  readonly #workers: Worker[] = [];

  async start(appClass: Class, overrides: Overrides = {}): Promise<Worker> {
    const worker = await Worker.start(appClass, {
      ...{ transport: this.broker.transport(), clock: this.clock, logger: pino({ level: 'silent' }), environment: {} },
      ...overrides,
    });
    this.#workers.push(worker);
    return worker;
  }

  /** What keeps an app from starting. */
  async faultsOf(appClass: Class): Promise<DefinitionError['faults']> {
    const error = await this.start(appClass).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DefinitionError);
    return (error as DefinitionError).faults;
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) await worker.stop();
  }
}
