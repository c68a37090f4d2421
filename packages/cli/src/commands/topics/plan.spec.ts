import { beforeEach, describe, expect, it } from '@jest/globals';
import { App, globalTable, Handler, Inject, type ReadonlyTable, type Table, type Topic, table, topic, Worker } from '@weir/core';
import { FakeShell } from '../../fake-shell.fixture.js';
import { run } from '../../run.js';

const views = topic('views', { key: 'string', value: 'string', partitions: 4, retention: '7d', config: { 'segment.bytes': '20000' } });
const byUrl = views.groupBy((url) => url, { name: 'by-url' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const pages = topic('pages', { key: 'string', value: 'string' });
const pagesHere = globalTable('pages-here', { source: pages });
const reports = topic('reports', { partitions: 2 });

class Audit {
  @Handler(topic(/^audit-/, { value: 'string' }))
  look(): void {}
}

@App({ id: 'shop', broker: 'kafka://declared:9092', providers: [Audit] })
class Shop {
  constructor(
    @Inject(counts) private readonly numbers: Table<string, number>,
    @Inject(pagesHere) readonly known: ReadonlyTable<string, string | undefined>,
    @Inject(reports) readonly outgoing: Topic<string, unknown>,
  ) {}

  @Handler(byUrl)
  count(url: string): void {
    this.numbers.update(url, (n) => n + 1);
  }
}

interface Step {
  readonly kind: string;
  readonly setting?: string;
}
interface Plan {
  readonly topics: readonly { topic: string; use: string; partitions: number | null; found?: number | null; steps: readonly Step[] }[];
  readonly rights: readonly { resource: string; name: string; pattern: string; operations: readonly string[] }[];
  readonly problems: readonly string[];
}

let shell: FakeShell;
beforeEach(() => {
  shell = new FakeShell();
});
const weir = (...args: string[]) => run(['topics', ...args], Shop, shell);
/** The JSON of a command, which prints nothing else. */
const told = async (...args: string[]) => {
  shell.out.text = '';
  await weir(...args, '--json');
  return shell.json<Plan & { readonly differences: string[]; readonly applied: { topic: string; steps: Step[] }[] }>()[0]!;
};
const names = ['pages', 'reports', 'shop-by-url-repartition', 'shop-counts-changelog', 'shop-dead-letters', 'views'];
const set = async (name: string, settings: Readonly<Record<string, string>>) =>
  (await shell.broker.transport().admin()).alterConfigs(name, settings);
const partitionsOf = async (name: string) => (await (await shell.broker.transport().admin()).describe([name]))[0]?.partitions;

describe('weir topics plan', () => {
  it('tells every topic that the app reads, writes or keeps, and changes nothing', async () => {
    const { topics, problems } = await told('plan');
    expect(topics.map(({ topic, use, partitions, found }) => [topic, use, partitions, found]).sort()).toEqual([
      ['pages', 'read', null, null],
      ['reports', 'written', 2, null],
      ['shop-by-url-repartition', 'repartition', 4, null],
      ['shop-counts-changelog', 'changelog', 4, null],
      ['shop-dead-letters', 'dead letters', null, null],
      ['views', 'read', 4, null],
    ]);
    expect(problems).toEqual([]);
    expect(shell.broker.topics()).toEqual([]);
  });

  it('tells without a broker what is wanted, and nothing of what is there', async () => {
    shell.open = () => Promise.reject(new Error('no broker was to be asked'));
    const { topics } = await told('plan', '--offline');
    expect(topics.map(({ topic }) => topic).sort()).toEqual(names);
    expect(topics.find(({ topic }) => topic === 'views')).toMatchObject({ settings: { 'retention.ms': '604800000' } });
    expect(topics.every((each) => !('found' in each) && !('steps' in each))).toBe(true);
    shell.out.text = '';
    expect(await weir('plan', '--offline')).toBe(0);
    expect(shell.out.text).not.toContain('to do');
  });

  it('draws the same for people', async () => {
    expect(await weir('plan')).toBe(0);
    expect(shell.out.text).toContain('retention.ms=604800000');
    expect(shell.out.text).toMatch(/transactional-id +\| shop-\* \(prefixed\) +\| WRITE DESCRIBE/);
    expect(shell.out.text).toContain('6 to create, 0 to change');
  });

  it('tells the rights that the principal of the app needs, and no more', async () => {
    const rights = (await told('plan', '--topics', 'verify')).rights.map(({ name, operations }) => [name, operations.join(' ')]);
    expect(rights).toEqual([
      ['/^audit-/', 'READ DESCRIBE'],
      ['pages', 'READ DESCRIBE'],
      ['reports', 'DESCRIBE WRITE'],
      ['shop-by-url-repartition', 'READ DESCRIBE WRITE DESCRIBE_CONFIGS DELETE'],
      ['shop-counts-changelog', 'READ DESCRIBE WRITE DESCRIBE_CONFIGS'],
      ['shop-dead-letters', 'DESCRIBE WRITE'],
      ['views', 'READ DESCRIBE'],
      ['shop', 'READ DESCRIBE'],
      ['shop-', 'WRITE DESCRIBE'],
    ]);
    const withCreate = (await told('plan', '--id', 'other', '--app-version', '2')).rights;
    expect(withCreate).toContainEqual({ resource: 'topic', name: 'views', pattern: 'literal', operations: ['READ', 'DESCRIBE', 'CREATE'] });
    expect(withCreate.filter(({ resource }) => resource !== 'topic').map(({ name }) => name)).toEqual(['other-v2', 'other-v2-']);
  });
});

describe('weir topics apply', () => {
  it('makes all topics so that a worker takes them with verify, and does nothing the second time', async () => {
    expect(await weir('apply', '--yes')).toBe(0);
    expect(shell.out.text).toContain('created shop-counts-changelog with 4 partitions');
    expect(shell.broker.topics()).toEqual(names);
    const worker = await Worker.start(Shop, { transport: shell.broker.transport(), topics: 'verify', environment: {} });
    await worker.stop();
    shell.out.text = '';
    expect(await weir('apply', '--yes')).toBe(0);
    expect(shell.out.text).toBe('nothing to do: 6 topics are as the app needs them\n');
    expect(await told('apply', '--yes')).toEqual({ applied: [] });
  });

  it('changes settings and adds partitions where the app says so or owns the topic, and nowhere else', async () => {
    await weir('apply', '--yes');
    await set('views', { 'retention.ms': '1000' });
    await set('pages', { 'retention.ms': '1000' });
    await set('shop-counts-changelog', { 'cleanup.policy': 'delete', 'delete.retention.ms': '999999999' });
    await set('shop-dead-letters', { 'retention.ms': '5' });
    await (await shell.broker.transport().admin()).deleteTopics(['reports']);
    shell.broker.createTopic({ name: 'reports', partitions: 1 });
    const { applied } = await told('apply', '--yes');
    const changes = applied.map(({ topic, steps }) => [topic, ...steps.map(({ kind, setting }) => setting ?? kind)]);
    expect(changes.sort()).toEqual([
      ['reports', 'grow'],
      ['shop-counts-changelog', 'cleanup.policy'],
      ['shop-dead-letters', 'retention.ms'],
      ['views', 'retention.ms'],
    ]);
    expect(await partitionsOf('reports')).toBe(2);
    expect(shell.broker.config('views')).toMatchObject({ 'retention.ms': '604800000', 'segment.bytes': '20000' });
    expect(shell.broker.config('pages')).toMatchObject({ 'retention.ms': '1000' });
    expect(await weir('verify')).toBe(0);
  });

  it('refuses what cannot be changed with its remedy, and changes nothing then', async () => {
    shell.broker.createTopic({ name: 'reports', partitions: 5 });
    shell.broker.createTopic({ name: 'shop-counts-changelog', partitions: 2 });
    expect(await weir('apply', '--yes')).toBe(1);
    expect(shell.err.text).toMatch(/reports has 5 partitions and needs 2: partitions cannot be taken away\. Declare 5/);
    expect(shell.err.text).toMatch(/shop-counts-changelog has 2 partitions and needs 4, .*weir reset/);
    expect(shell.broker.topics()).toEqual(['reports', 'shop-counts-changelog']);
    expect((await told('plan')).problems).toHaveLength(2);
  });

  it('asks first, and takes anything but yes for no', async () => {
    expect(await weir('apply')).toBe(2);
    expect(shell.err.text).toContain('--yes');
    shell.isInteractive = true;
    shell.input = ['n'];
    expect(await weir('apply')).toBe(1);
    expect(shell.err.text).toMatch(/do this\? \[y\/N\] nothing was changed/);
    expect(shell.broker.topics()).toEqual([]);
    shell.input = ['y'];
    expect(await weir('apply')).toBe(0);
    expect(shell.broker.topics()).toEqual(names);
  });
});

describe('weir topics verify', () => {
  it('has a line for each difference, and exit code 1 while there is one', async () => {
    shell.broker.createTopic({ name: 'views', partitions: 4, config: { 'retention.ms': '1', 'segment.bytes': '20000' } });
    shell.broker.createTopic({ name: 'reports', partitions: 1 });
    expect(await weir('verify')).toBe(1);
    expect(shell.out.lines.sort()).toEqual([
      'pages is missing',
      'reports has 1 partitions and needs 2',
      'shop-by-url-repartition is missing (4 partitions)',
      'shop-counts-changelog is missing (4 partitions)',
      'shop-dead-letters is missing',
      'views has retention.ms=1 and needs retention.ms=604800000',
    ]);
    expect((await told('verify')).differences).toHaveLength(6);
  });

  it('does not say that all is well where it cannot compare settings', async () => {
    await weir('apply', '--yes');
    const { open } = shell;
    shell.open = async (options) => {
      const transport = await open(options);
      const admin = await transport.admin();
      return Object.assign(transport, { admin: async () => Object.assign(admin, { configs: undefined }) });
    };
    shell.out.text = '';
    expect(await weir('verify')).toBe(1);
    expect(shell.out.text).toMatch(/^cannot verify the settings of .*shop-counts-changelog.*DESCRIBE_CONFIGS/);
  });
});

describe('what delayed messages need', () => {
  const ofDelayed = ['shop-delayed', 'shop-delayed-waiting-changelog'];

  it('is planned where it is asked for, with the rights to it, and made so', async () => {
    const { topics, rights } = await told('plan', '--offline', '--delayed');
    expect(topics.filter(({ topic }) => ofDelayed.includes(topic)).map(({ topic, use }) => [topic, use])).toEqual([
      ['shop-delayed', 'delayed messages'],
      ['shop-delayed-waiting-changelog', 'changelog'],
    ]);
    expect(topics.filter(({ topic }) => topic === 'shop-dead-letters')).toHaveLength(1);
    expect(rights).toContainEqual({ resource: 'group', name: 'shop-delayed', pattern: 'literal', operations: ['READ', 'DESCRIBE'] });
    const { operations } = rights.find(({ name }) => name === 'shop-delayed')!;
    expect(operations).toEqual(expect.arrayContaining(['READ', 'WRITE', 'CREATE', 'DELETE']));
    await weir('apply', '--yes', '--delayed');
    expect(shell.broker.config('shop-delayed')).toMatchObject({ 'retention.ms': '-1', 'max.message.bytes': '1150000' });
    expect(shell.broker.config('shop-delayed-waiting-changelog')).toMatchObject({ 'cleanup.policy': 'compact' });
    expect((await told('verify')).differences).toEqual([]);
    expect((await told('apply', '--yes', '--delayed')).applied).toEqual([]);
  });

  it('is planned where there were any, and not before', async () => {
    expect((await told('plan')).topics.some(({ topic }) => ofDelayed.includes(topic))).toBe(false);
    await weir('apply', '--yes');
    shell.broker.createTopic({ name: 'shop-delayed', partitions: 3, config: { 'retention.ms': '1' } });
    const { differences } = await told('verify');
    expect(differences).toContain('shop-delayed has retention.ms=1 and needs retention.ms=-1');
    expect(differences).toContain('shop-delayed-waiting-changelog is missing (3 partitions)');
  });
});

describe('a topic that feeds a table', () => {
  const visits = topic('visits', { key: 'string', value: 'string', partitions: 4 });
  const seen = table('seen', { key: 'string', value: 'long', default: 0 });
  @App({ id: 'seen' })
  class Seen {
    constructor(@Inject(seen) private readonly numbers: Table<string, number>) {}
    @Handler(visits)
    count(url: string): void {
      this.numbers.update(url, (n) => n + 1);
    }
  }

  // Its keys would lie in other partitions than what was counted of them.
  it('is given no more partitions', async () => {
    shell.broker.createTopic({ name: 'visits', partitions: 2 });
    expect(await run(['topics', 'apply', '--yes'], Seen, shell)).toBe(1);
    expect(shell.err.text).toMatch(/visits has 2 partitions and needs 4: with more, .* \(seen\)\. Declare 2, .*groupBy/);
    expect(shell.broker.topics()).toEqual(['visits']);
  });
});
