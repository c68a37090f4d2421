import path from 'node:path';
import { table } from '@weir/core';
import { exportState, importState, openTransport } from '@weir/core/internal/app';
import { snapshotFiles } from '@weir/core/internal/snapshots';
import { SystemClock } from '@weir/core/internal/time';
import { pino } from 'pino';

const counts = table('counts', { key: 'string', value: 'long', default: 0 });

/** A snapshot of the table of a contestant, as `weir state` writes it. */
export class Snapshot {
  readonly #asked: Parameters<typeof exportState>[0];
  readonly #broker: string;
  readonly #folder: string;

  constructor(group: string, brokers: string, datadir: string) {
    this.#broker = `kafka://${brokers}`;
    this.#folder = path.join(path.dirname(datadir), 'snapshot');
    const app = { id: group, store: 'level://', datadir } as const;
    this.#asked = { app, tables: [counts], clock: new SystemClock(), logger: pino({ level: 'silent' }) };
  }

  async export(): Promise<void> {
    await exportState(this.#asked, this.#folder, () => undefined);
  }

  /** @returns how long it took, in seconds */
  async import(): Promise<number> {
    const { clock, logger, app } = this.#asked;
    const transport = await openTransport({ broker: this.#broker, clientId: app.id, clock, logger, properties: {} });
    try {
      const began = performance.now();
      await importState(this.#asked, snapshotFiles([this.#folder]), transport, () => undefined);
      return (performance.now() - began) / 1_000;
    } finally {
      await transport.close();
    }
  }
}
