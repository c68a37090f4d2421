import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administration } from './contract/administration.contract.js';
import { type Ability, Bench, type ContractBroker, type ContractSubject } from './contract/bench.fixture.js';
import type { Case, Cases } from './contract/cases.contract.js';
import { coAssignment } from './contract/co-assignment.contract.js';
import { consuming } from './contract/consuming.contract.js';
import { ends } from './contract/ends.contract.js';
import { groups } from './contract/groups.contract.js';
import { messages } from './contract/messages.contract.js';
import { producing } from './contract/producing.contract.js';
import { readerPositions } from './contract/reader-positions.contract.js';
import { reading } from './contract/reading.contract.js';
import { transactions } from './contract/transactions.contract.js';

export type { Ability, ContractBroker, ContractSubject } from './contract/bench.fixture.js';

const sections: Readonly<Record<string, Cases>> = {
  messages,
  producing,
  consuming,
  groups,
  coAssignment,
  reading,
  readerPositions,
  ends,
  transactions,
  administration,
};

/**
 * What every broker must do behind the port. Runs against memory, the embedded broker and Apache Kafka. A case that a
 * broker cannot do stands in the report with the reason, so that nobody takes it for tested.
 */
export function describeTransport(name: string, { open, cannot = {}, limitMs = 30_000 }: ContractSubject): void {
  describe(`the transport contract on ${name}`, () => {
    let broker: ContractBroker;
    let bench: Bench;

    beforeAll(async () => {
      broker = await open();
    }, limitMs * 4);
    afterAll(() => broker?.close(), limitMs);
    beforeEach(() => {
      bench = new Bench(broker, limitMs, cannot['create topics'] === undefined);
    });
    afterEach(() => bench.close(), limitMs);

    for (const [section, cases] of Object.entries(sections)) {
      describe(section, () => {
        for (const [title, given] of Object.entries(cases)) {
          const { needs, run }: Case = typeof given === 'function' ? { needs: [], run: given } : given;
          const missing = needs.find((ability) => cannot[ability] !== undefined);
          if (missing === undefined) it(title, () => run(bench), limitMs * 4);
          else cannotBecause(title, missing, cannot[missing]!);
        }
      });
    }
  });
}

function cannotBecause(title: string, ability: Ability, reason: string): void {
  it(`cannot ${ability}, so not shown: "${title}", because ${reason}`, () => {
    expect(reason.trim()).not.toBe('');
  });
}
