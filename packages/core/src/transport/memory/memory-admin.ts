import { LifecycleError } from '../../errors/index.js';
import type { Admin, NewTopic, TopicInfo } from '../admin.js';
import { never } from './breather.js';
import type { Cluster } from './cluster.js';

/** Asks for and creates the topics of the in-memory broker. */
export class MemoryAdmin implements Admin {
  readonly #cluster: Cluster;
  #state: 'open' | 'closed' | 'crashed' = 'open';

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async topics(): Promise<readonly TopicInfo[]> {
    await this.#check();
    return this.#infos().filter(({ name }) => !name.startsWith('__'));
  }

  async describe(names: readonly string[]): Promise<readonly TopicInfo[]> {
    await this.#check();
    return this.#infos().filter(({ name }) => names.includes(name));
  }

  async topicIds(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    await this.#check();
    const found = this.#cluster.topics.all().filter(({ name }) => names.includes(name));
    return new Map(found.map(({ name, id }) => [name, id]));
  }

  async hasMembers(group: string): Promise<boolean> {
    await this.#check();
    return this.#cluster.group(group).members.length > 0;
  }

  async create(topics: readonly NewTopic[]): Promise<void> {
    await this.#check();
    for (const { name, partitions, config, wishes } of topics) this.#cluster.topics.create(name, partitions, { ...config, ...wishes });
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed';
  }

  crash(): void {
    if (this.#state === 'open') this.#state = 'crashed';
  }

  #infos(): readonly TopicInfo[] {
    return this.#cluster.topics.all().map(({ name, logs }) => ({ name, partitions: logs.length }));
  }

  #check(): Promise<void> | undefined {
    if (this.#state === 'crashed') return never();
    if (this.#state === 'closed') throw new LifecycleError('the admin client is closed');
    this.#cluster.faults.checkUp();
    return undefined;
  }
}
