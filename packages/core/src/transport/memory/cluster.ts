import type { TransportError } from '../../errors/index.js';
import type { Clock } from '../../time/index.js';
import { Activity } from './activity.js';
import { Faults } from './faults.js';
import { Group } from './groups/group.js';
import { Topics } from './logs/topics.js';
import { Coordinator } from './transactions/coordinator.js';

/** What the broker is made with. */
export interface MemoryBrokerOptions {
  readonly clock: Clock;
  /** Partitions of a topic that nobody created. @default 1 */
  readonly partitions?: number;
  /** Whether a topic is created when it is first written or subscribed. @default true */
  readonly autoCreate?: boolean;
  /** How long the partitions of a crashed member wait for it to come back. @default 0, they are given to others at once */
  readonly sessionTimeoutMs?: number;
  /** How long a group keeps an offset of a topic that none of its members subscribes to; without members, of all (`offsets.retention.minutes`). @default 7 days */
  readonly offsetRetentionMs?: number;
  /** How members hand over: only what moves stops (`cooperative`), or everything before anything is given (`eager`). @default 'cooperative' */
  readonly handover?: 'cooperative' | 'eager';
  /** How long a poll waits while there is nothing. `Infinity`: until something comes or `wake`, so that no wait shows on a test's clock. @default 1000 */
  readonly pollWaitMs?: number;
}

/** A client as the broker sees it. */
export interface Client {
  /** Tries again what had to wait. */
  retry?(): void;
  /** Delivers again what was delivered last. */
  repeat?(messages: number): void;
  /** Is broken for good. */
  fail?(error: TransportError): void;
}

/** The broker's inside: topics, groups, who is connected, and what is wrong at the moment. */
export class Cluster {
  readonly clock: Clock;
  readonly pollWaitMs: number;
  readonly activity = new Activity();
  readonly coordinator = new Coordinator();
  readonly clients = new Set<Client>();
  readonly topics: Topics;
  readonly faults: Faults;
  readonly #groups = new Map<string, Group>();
  readonly #newGroup: (name: string) => Group;

  constructor({
    clock,
    partitions = 1,
    autoCreate = true,
    sessionTimeoutMs = 0,
    offsetRetentionMs = 7 * 24 * 60 * 60 * 1000,
    handover = 'cooperative',
    pollWaitMs = 1000,
  }: MemoryBrokerOptions) {
    const { activity } = this;
    this.clock = clock;
    this.pollWaitMs = pollWaitMs;
    this.topics = new Topics({ partitions, autoCreate }, () => this.#topicsChanged());
    this.faults = new Faults({
      topics: this.topics,
      activity,
      groups: () => this.#groups.values(),
      repeat: (messages) => this.#each((client) => client.repeat?.(messages)),
      fence: (id) => this.coordinator.fence(id),
      expire: () => this.coordinator.expire(),
      fail: (error) => this.#each((client) => client.fail?.(error)),
      retry: () => this.#each((client) => client.retry?.()),
    });
    this.#newGroup = (name) =>
      new Group({
        name,
        topics: this.topics,
        activity,
        clock,
        sessionTimeoutMs,
        offsetRetentionMs,
        isEager: handover === 'eager',
        isDown: () => this.faults.isDown,
      });
  }

  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** A group, which comes into being when it is first named. */
  group(name: string): Group {
    const group = this.#groups.get(name) ?? this.#newGroup(name);
    this.#groups.set(name, group);
    return group;
  }

  /** Deletes a group with its offsets. */
  forget(name: string): void {
    this.#groups.delete(name);
    this.activity.note();
  }

  #topicsChanged(): void {
    this.activity.note();
    for (const group of this.#groups.values()) group.refresh();
  }

  #each(act: (client: Client) => void): void {
    for (const client of [...this.clients]) act(client);
  }
}
