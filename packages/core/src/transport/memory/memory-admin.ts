import { LifecycleError, TransportError } from '../../errors/index.js';
import type { Admin, GroupState, NewTopic, TopicInfo } from '../admin.js';
import { never } from './breather.js';
import type { Cluster } from './cluster.js';
import type { MemoryTopic } from './logs/topics.js';

/** What Apache Kafka has where nobody says otherwise. */
const unset = {
  'cleanup.policy': 'delete',
  'delete.retention.ms': '86400000',
  'max.message.bytes': '1048588',
  'message.timestamp.after.max.ms': '3600000',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': '0.5',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
};

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

  async create(topics: readonly NewTopic[]): Promise<void> {
    await this.#check();
    for (const { name, partitions, config, wishes } of topics) this.#cluster.topics.create(name, partitions, { ...config, ...wishes });
  }

  readonly configs = async (names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> => {
    await this.#check();
    const found = this.#cluster.topics.all().filter(({ name }) => names.includes(name));
    return new Map(found.map(({ name, config }) => [name, { ...unset, ...config }]));
  };

  async alterConfigs(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    await this.#check();
    const topic = this.#existing(name);
    const unknown = Object.keys(settings).find((setting) => !(setting in unset));
    if (unknown !== undefined) throw refused(`cannot change the settings of topic "${name}": there is no setting ${unknown}`);
    topic.configure(settings);
  }

  async addPartitions(name: string, partitions: number): Promise<void> {
    await this.#check();
    const { logs } = this.#existing(name);
    if (partitions <= logs.length) throw refused(`cannot add partitions to topic "${name}": it has ${logs.length} already`);
    this.#cluster.topics.grow(name, partitions);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#check();
    for (const name of names) this.#cluster.topics.drop(name);
  }

  async groupState(name: string): Promise<GroupState> {
    await this.#check();
    const group = this.#cluster.group(name);
    if (group.members.length > 0) return 'active';
    return this.#cluster.topics.all().some(({ logs }) => logs.some((log) => group.offset(log) !== undefined)) ? 'empty' : 'none';
  }

  async deleteGroup(name: string): Promise<void> {
    if ((await this.groupState(name)) === 'active')
      throw new TransportError(`cannot delete group "${name}": it has members`, { code: 'GROUP_ACTIVE' });
    this.#cluster.forget(name);
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed';
  }

  crash(): void {
    if (this.#state === 'open') this.#state = 'crashed';
  }

  #existing(name: string): MemoryTopic {
    const topic = this.#cluster.topics.get(name);
    if (topic === undefined) throw new TransportError(`there is no topic "${name}"`, { code: 'TOPIC_MISSING' });
    return topic;
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

function refused(message: string): TransportError {
  return new TransportError(message, { code: 'TOPIC_UNWRITABLE' });
}
