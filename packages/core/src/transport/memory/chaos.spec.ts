import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TopicPartition } from '../../positions/index.js';
import type { PollingConsumer } from '../contract/polling-consumer.fixture.js';
import { MemoryGroup, type MemoryMember } from './memory-group.fixture.js';

const step = fc.record({
  what: fc.constantFrom('join', 'join', 'leave', 'crash', 'revoke', 'lose', 'write', 'write', 'pause', 'commit' as const),
  which: fc.nat(31),
  /** How many turns of the event loop pass before the next step. */
  turns: fc.nat(4),
  /** How many turns a member that joins takes in its listener. */
  slowness: fc.nat(3),
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** A run of joins, leaves and crashes, with the rules that hold all the time. */
class ChaosRun {
  readonly group: MemoryGroup;
  readonly members: MemoryMember[] = [];
  readonly leaving: Promise<void>[] = [];
  readonly owners = new Map<string, MemoryMember>();
  readonly read = new Set<string>();
  written = 0;

  constructor(
    readonly partitions: number,
    handover: 'cooperative' | 'eager',
  ) {
    this.group = new MemoryGroup({ partitions, handover });
    this.group.broker.createTopic({ name: 't', partitions });
  }

  async join(slowness: number): Promise<void> {
    let self: MemoryMember | undefined;
    const mine = (reader: PollingConsumer) => reader as MemoryMember;
    self = await this.group.join(
      ['t'],
      { maxPollMessages: 3 },
      {
        assigned: async (partitions, reader) => {
          for (const { partition } of partitions) {
            const owner = this.owners.get(`${partition}`);
            if (owner !== undefined) throw new Error(`${partition} has an owner already`);
            this.owners.set(`${partition}`, mine(reader));
          }
          await turns(slowness);
        },
        revoked: async (partitions, reader) => {
          await turns(slowness);
          await this.commit(mine(reader), partitions);
          this.disown(mine(reader), partitions);
        },
      },
    );
    const lost = self.lost.bind(self);
    self.lost = (partitions) => {
      this.disown(self!, partitions);
      lost(partitions);
    };
    this.members.push(self);
  }

  /** Commits what was read of these partitions; a refusal must be `COMMIT_FAILED`. */
  async commit(member: MemoryMember, partitions: readonly TopicPartition[]): Promise<void> {
    const positions = member.positions(partitions);
    await member.consumer.commit(positions).catch((error: { readonly code: string }) => expect(error.code).toBe('COMMIT_FAILED'));
  }

  disown(member: MemoryMember, partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) if (this.owners.get(`${partition}`) === member) this.owners.delete(`${partition}`);
  }

  async take({ what, which, slowness }: { readonly what: string; readonly which: number; readonly slowness: number }): Promise<void> {
    const at = { topic: 't', partition: which % this.partitions };
    const member = this.members[which % Math.max(1, this.members.length)];
    if (what === 'join' && this.members.length < 8) await this.join(slowness);
    if (what === 'write') await this.group.write('t', [String(this.written++), String(this.written++)]);
    if (what === 'revoke') this.group.broker.faults.revokeNow([at]);
    if (what === 'lose') this.group.broker.faults.losePartition(at);
    if (member === undefined) return;
    if (what === 'pause') member.consumer.pause([at]);
    if (what === 'commit') void this.commit(member, [at]);
    if (what === 'leave') this.leaving.push(member.close().then(() => this.note(member)));
    if (what === 'crash') member.crash();
    if (what !== 'leave' && what !== 'crash') return;
    this.members.splice(this.members.indexOf(member), 1);
    if (what === 'crash') for (const [partition, owner] of this.owners) if (owner === member) this.owners.delete(partition);
    this.note(member);
  }

  /** What a member has read counts, also what it reads until it has left. */
  note(member: MemoryMember): void {
    for (const { valueText } of member.messages) this.read.add(valueText!);
  }

  /** One member joins, all others go, and everything comes to rest. */
  async end(): Promise<void> {
    await this.join(0);
    await Promise.all([...this.leaving, ...this.members.slice(0, -1).map((member) => member.close())]);
    await this.group.quiet();
    for (const member of this.members) this.note(member);
  }
}

it.each(['cooperative', 'eager'] as const)(
  'loses no message and no partition, whoever joins, leaves or crashes, and never has two owners of one (%s)',
  async (handover) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 25 }), async (partitions, steps) => {
        const run = new ChaosRun(partitions, handover);
        for (const each of steps) {
          await run.take(each);
          await turns(each.turns);
        }
        await run.end();
        const last = run.members.at(-1)!;
        expect(run.members.map(({ error }) => error)).toEqual(run.members.map(() => undefined));
        expect(last.owned.size).toBe(partitions);
        expect(last.error).toBeUndefined();
        expect([...run.read].map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: run.written }, (_, index) => index));
        last.crash();
      }),
      { numRuns: 500 },
    );
  },
  60_000,
);
