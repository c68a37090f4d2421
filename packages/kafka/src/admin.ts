import { reason, TransportError } from '@weir/core/internal/errors';
import type { Position } from '@weir/core/internal/positions';
import { isSameSetting } from '@weir/core/internal/topics';
import type { Admin, GroupState, NewTopic, TopicInfo } from '@weir/core/internal/transport';
import { called } from './driver/calls.js';
import type { Logger } from './driver/client-log.js';
import type { Done, DriverAdmin, DriverConsumer, DriverError, DriverGroups, DriverTopic } from './driver/driver-types.js';
import { codes, hasCode, transportError } from './driver/errors.js';
import { allTopics, topicNamed } from './driver/metadata.js';
import type { Attached } from './fast/attach.js';

const createMs = 30_000;
const answerMs = 5_000;
/** What a broker without ids of topics tells (before Kafka 2.8). */
const noId = 'AAAAAAAAAAAAAAAAAAAAAA';
/** librdkafka's numbers of the states of a group. */
const groupStates = { dead: 4, empty: 5 } as const;
/** How long a created topic may take to be known. */
const visibleMs = 10_000;
const lookMs = 20;

export interface KafkaAdminOptions {
  /** A client that only asks. It is the transport's, and stays open. */
  readonly client: DriverConsumer;
  readonly admin: DriverAdmin;
  /** The same client in the addon, which asks what the driver cannot. Missing where that is not there. */
  readonly attached?: Attached;
  readonly logger: Logger;
  /** Present on the embedded broker, which creates topics only when they are asked for, each with as many partitions. */
  readonly embedded?: { readonly partitions: number; readonly create: (topics: readonly string[]) => Promise<void> };
}

/** Asks the cluster for topics and creates them. */
export class KafkaAdmin implements Admin {
  readonly #options: KafkaAdminOptions;

  /** Missing without the addon, and on the embedded broker, whose topics have no settings. */
  readonly configs: Admin['configs'];

  constructor(options: KafkaAdminOptions) {
    this.#options = options;
    const { attached, embedded } = options;
    if (attached !== undefined && embedded === undefined) this.configs = (names) => configsOf(attached, names);
  }

  async topics(): Promise<readonly TopicInfo[]> {
    const found = await allTopics(this.#options.client);
    return found.filter(({ name }) => !name.startsWith('__')).sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async describe(names: readonly string[]): Promise<readonly TopicInfo[]> {
    const found = await Promise.all([...new Set(names)].map((name) => topicNamed(this.#options.client, name)));
    return found.filter((topic) => topic !== undefined);
  }

  async topicIds(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { embedded } = this.#options;
    if (names.length === 0 || embedded !== undefined) return new Map();
    try {
      // A name that is given twice ends the process.
      const found = await this.#call<readonly DriverTopic[]>((admin, done) =>
        admin.describeTopics([...new Set(names)], { timeout: answerMs }, done),
      );
      const ids = found.filter(({ error, topicId }) => error === undefined && topicId !== undefined && topicId.base64 !== noId);
      return new Map(ids.map(({ name, topicId }) => [name, topicId!.base64]));
    } catch (thrown) {
      throw transportError(thrown, 'cannot ask for the ids of topics', 'BROKER_UNREACHABLE');
    }
  }

  get groupState(): Admin['groupState'] {
    return this.#options.embedded === undefined ? (group) => this.#groupState(group) : undefined;
  }

  async create(topics: readonly NewTopic[]): Promise<void> {
    if (topics.length === 0) return;
    if (this.#options.embedded === undefined) await Promise.all(topics.map((topic) => this.#create(topic)));
    else await this.#createEmbedded(topics);
    await this.#visible(topics.map(({ name }) => name));
  }

  async alterConfigs(topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
    this.#mustBeReal('change the settings of topics');
    const { attached } = this.#options;
    if (attached === undefined)
      throw new TransportError(
        `cannot change the settings of topic "${topic}": that needs the native part of @weir/kafka, for the driver has no way to do it. Install it, or use kafka-configs.sh`,
        { code: 'OPERATION_UNSUPPORTED' },
      );
    if (Object.keys(settings).length === 0) return;
    const before = (await configsOf(attached, [topic])).get(topic) ?? {};
    try {
      await attached.addon.alterConfigs(attached.number, topic, Object.entries(settings).flat(), createMs);
    } catch (thrown) {
      throw transportError(thrown, `cannot change the settings of topic "${topic}"`, 'TOPIC_UNWRITABLE');
    }
    // Brokers write some values in another way than they were given.
    const changing = Object.entries(settings)
      .filter(([setting, value]) => before[setting] !== undefined && !isSameSetting(setting, before[setting], value))
      .map(([setting]) => setting);
    const isUnchanged = async () => {
      const found = (await configsOf(attached, [topic])).get(topic) ?? {};
      return changing.some((setting) => found[setting] === before[setting]) ? [topic] : [];
    };
    await this.#until(isUnchanged, 'were changed and are told as before');
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    this.#mustBeReal('add partitions');
    try {
      await this.#call((admin, done) => admin.createPartitions(topic, partitions, createMs, done));
    } catch (thrown) {
      throw transportError(thrown, `cannot add partitions to topic "${topic}"`, 'TOPIC_UNWRITABLE');
    }
    const fewer = async () => ((await this.describe([topic])).some((found) => found.partitions >= partitions) ? [] : [topic]);
    await this.#until(fewer, 'were given partitions that are not known');
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#mustBeReal('delete topics');
    await Promise.all(names.map((name) => this.#delete(name)));
    await this.#until(async () => (await this.describe(names)).map(({ name }) => name), 'were deleted and are still known');
  }

  async #delete(name: string): Promise<void> {
    try {
      await this.#call((admin, done) => admin.deleteTopic(name, createMs, done));
    } catch (thrown) {
      if (!hasCode(thrown, codes.topicMissing, codes.unknownTopic))
        throw transportError(thrown, `cannot delete topic "${name}"`, 'TOPIC_UNWRITABLE');
    }
  }

  async #groupState(group: string): Promise<GroupState> {
    try {
      const { groups, errors } = await this.#call<DriverGroups>((admin, done) => admin.listGroups({ timeout: answerMs }, done));
      // A broker that does not answer may be the one that has the group.
      if (errors.length > 0) throw errors[0];
      const found = groups.find(({ groupId }) => groupId === group);
      if (found === undefined || found.state === groupStates.dead) return 'none';
      return found.state === groupStates.empty ? 'empty' : 'active';
    } catch (thrown) {
      throw transportError(thrown, 'cannot ask for groups', 'BROKER_UNREACHABLE');
    }
  }

  async deleteGroup(group: string): Promise<void> {
    this.#mustBeReal('delete groups');
    const doing = `cannot delete group "${group}"`;
    try {
      const answers = await this.#call<readonly { readonly error?: DriverError }[]>((admin, done) =>
        admin.deleteGroups([group], { timeout: answerMs }, done),
      );
      const refused = answers.find(({ error }) => error !== undefined && error.code !== 0);
      if (refused !== undefined) throw refused.error;
    } catch (thrown) {
      if (hasCode(thrown, codes.groupMissing)) return;
      if (hasCode(thrown, codes.groupNotEmpty)) throw new TransportError(`${doing}: it has members`, { code: 'GROUP_ACTIVE' });
      throw transportError(thrown, doing, 'BROKER_UNREACHABLE');
    }
  }

  /** @throws TransportError on the embedded broker, which would not answer */
  #mustBeReal(what: string): void {
    if (this.#options.embedded === undefined) return;
    throw new TransportError(`the embedded broker cannot ${what}: what it holds is gone when it is started again`, {
      code: 'OPERATION_UNSUPPORTED',
    });
  }

  async deleteRecords(before: readonly Position[]): Promise<void> {
    const { embedded } = this.#options;
    if (before.length === 0 || embedded !== undefined) return;
    const asked = before.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    const limits = { timeout: answerMs, operationTimeout: answerMs };
    try {
      const answers = await this.#call<readonly { readonly error?: DriverError }[]>((admin, done) =>
        admin.deleteRecords(asked, limits, done as Done),
      );
      const refused = answers.find(({ error }) => error !== undefined && error.code !== 0);
      if (refused !== undefined) throw refused.error;
    } catch (thrown) {
      throw transportError(thrown, 'cannot delete messages', 'TOPIC_UNWRITABLE');
    }
  }

  #call<T>(call: (admin: DriverAdmin, done: Done<T>) => void): Promise<T> {
    const { admin } = this.#options;
    return called(admin, (done) => call(admin, done));
  }

  /** The client is the transport's. */
  async close(): Promise<void> {}

  async #create({ name, partitions, replicas, config, wishes }: NewTopic): Promise<void> {
    const topic = { topic: name, num_partitions: partitions, replication_factor: replicas, config: { ...config, ...wishes } };
    try {
      await this.#call((admin, done) => admin.createTopic(topic, createMs, done));
    } catch (thrown) {
      if (hasCode(thrown, codes.topicExists)) return;
      if (wishes !== undefined && hasCode(thrown, codes.invalidConfig)) return this.#create({ name, partitions, replicas, config });
      throw transportError(thrown, `cannot create topic "${name}"`, 'TOPIC_UNWRITABLE');
    }
  }

  async #createEmbedded(topics: readonly NewTopic[]): Promise<void> {
    const { partitions, create } = this.#options.embedded!;
    const others = topics.filter((topic) => topic.partitions !== -1 && topic.partitions !== partitions);
    if (others.length > 0) {
      const names = others.map((topic) => `${topic.name} (${topic.partitions})`).join(', ');
      this.#options.logger.warn(`the embedded broker gives every topic ${partitions} partitions; not as asked: ${names}`);
    }
    await create(topics.map(({ name }) => name));
  }

  /** Other brokers may need a moment to hear of a topic; until then reading and writing it fails. */
  async #visible(names: readonly string[]): Promise<void> {
    const missing = async () => {
      const found = await this.describe(names);
      return names.filter((name) => !found.some((topic) => topic.name === name));
    };
    await this.#until(missing, 'were created but are not known');
  }

  /** Asks until there are none of these topics left. */
  async #until(ask: () => Promise<readonly string[]>, what: string): Promise<void> {
    const limit = Date.now() + visibleMs;
    for (;;) {
      const left = await ask().catch((thrown) => {
        this.#options.logger.debug({ err: thrown }, `cannot describe: ${reason(thrown)}`);
        return undefined;
      });
      if (left?.length === 0) return;
      if (Date.now() > limit)
        throw new TransportError(`topics ${what} after ${visibleMs / 1_000} s: ${(left ?? ['no broker answers']).join(', ')}`, {
          code: 'TOPIC_UNWRITABLE',
          retriable: true,
        });
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }
}

/** Those that the broker does not tell of are left out: they do not exist, or this principal may not ask. */
async function configsOf(
  { addon, number }: Attached,
  names: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  if (names.length === 0) return new Map();
  try {
    const rows = await addon.configs(number, names, answerMs);
    return new Map(rows.filter(([, code]) => code === 0).map(([name, , ...settings]) => [name, pairsOf(settings)]));
  } catch (thrown) {
    throw transportError(thrown, 'cannot ask for the settings of topics', 'BROKER_UNREACHABLE');
  }
}

function pairsOf(settings: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < settings.length; at += 2) found[settings[at]!] = settings[at + 1]!;
  return found;
}
