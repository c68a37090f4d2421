import type { TestApp } from '@weir/testing';

/** What may come between the events of a property test. */
export const interruptions = ['settle', 'commit', 'restart', 'crash', 'lose the disk', 'join', 'leave', 'lose a commit'] as const;

export type Interruption = (typeof interruptions)[number];

/** Has an app go through interruptions. Workers that have joined may leave again. */
export class Interruptions {
  readonly #others: Awaited<ReturnType<TestApp['join']>>[] = [];

  constructor(private readonly app: TestApp) {}

  async by(what: Interruption): Promise<void> {
    const { app } = this;
    if (what === 'settle') await app.settled();
    else if (what === 'commit') await app.advance('2s');
    else if (what === 'restart') await app.restart();
    else if (what === 'join') this.#others.push(await app.join());
    else if (what === 'leave') await this.#others.pop()?.stop();
    else if (what === 'lose a commit') app.broker.faults.dropCommits(1);
    else {
      await app.crash();
      await app.restart({ datadir: what === 'crash' ? 'kept' : 'lost' });
    }
  }
}
