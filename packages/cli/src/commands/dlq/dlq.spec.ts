import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeadLetters, deadLetterTopic } from '@weir/core/internal/letters';
import type { HeaderPair } from '@weir/core/internal/transport';
import { FakeShell } from '../../fake-shell.fixture.js';
import { run } from '../../run.js';
import { Shop } from '../../shop.fixture.js';

let shell: FakeShell;
beforeEach(() => {
  shell = new FakeShell();
});

const good = '{"id":"a","amount":1}';
const weir = (...args: string[]) => run(['dlq', ...args], Shop, shell);
const printed = () => {
  const { text } = shell.out;
  shell.out.text = '';
  return text;
};
const replayed = (topic = 'orders') =>
  shell.broker
    .messages(topic)
    .filter(({ headers }) => headers.some(([name]) => name === 'weir-replay-for'))
    .map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null]);

interface Failing {
  readonly value: string | Buffer | null;
  readonly key?: string;
  readonly agent?: string;
  readonly error?: Error;
  readonly headers?: readonly HeaderPair[];
  readonly failedAt?: number;
}

/** Sets a message of `orders` aside, as the agent would. Returns the id of the dead letter. */
async function fail({
  value,
  key,
  agent = 'billing',
  error = new RangeError('too much'),
  headers = [],
  failedAt,
}: Failing): Promise<string> {
  const producer = await shell.broker.transport().producer();
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const keyBytes = key === undefined ? null : Buffer.from(key);
  const { offset } = await producer.send({ topic: 'orders', key: keyBytes, value: bytes, headers });
  const batch = { key: () => keyBytes, value: () => bytes, timestamp: () => 1_700_000_000_000, headers: () => headers };
  const letters = new DeadLetters(deadLetterTopic('shop'), () => failedAt ?? shell.clock.now());
  const position = { topic: 'orders', partition: 0, offset };
  const event = { ...position, position, batch, index: 0 } as never;
  const written = await producer.send(letters.letter(event, agent, error, 4));
  await producer.close();
  return `${written.partition}-${written.offset}`;
}

describe('weir dlq list', () => {
  it('says that there are none, also where there is no topic', async () => {
    for (const command of ['list', 'show']) {
      expect(await weir(command)).toBe(0);
      expect(printed()).toBe('no dead letters\n');
    }
    expect(await weir('list', '--json')).toBe(0);
    expect(printed()).toBe('');
  });

  it('groups what failed at the same place, with count, agent, error and times', async () => {
    const errors = [1, 2].map((number) => new RangeError(`order ${number}`));
    for (const error of errors) await fail({ value: good, error, failedAt: Date.UTC(2026, 0, 1) });
    await fail({ value: good, agent: 'Shop.post', error: new TypeError('no') });
    expect(await weir('list')).toBe(0);
    expect(printed()).toMatch(/\| 2 +\| billing +\| orders \| RangeError: order 2 \| 2026-01-01T00:00:00\.000Z /);
    await weir('list', '--json');
    expect(JSON.parse(printed().split('\n')[0] ?? '')).toMatchObject({
      count: 2,
      agent: 'billing',
      topic: 'orders',
      error: { name: 'RangeError' },
    });
  });

  it('lists each by itself, and those that were dealt with on request', async () => {
    const one = await fail({ value: good, key: 'k\u001b[31m' });
    const two = await fail({ value: good });
    await weir('drop', two, '--yes');
    printed();
    expect(await weir('list', '--ungrouped')).toBe(0);
    const text = printed();
    expect(text).toContain(`| ${one} `);
    expect(text).toContain('k\\u001b[31m');
    expect(text).not.toContain(`| ${two} `);
    await weir('list', '--ungrouped', '--all', '--json');
    expect(
      printed()
        .split('\n')
        .slice(0, 2)
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { id: one, state: 'waiting' },
      { id: two, state: 'dropped' },
    ]);
  });

  it('takes the same filters as the others', async () => {
    const hour = 3_600_000;
    const old = await fail({ value: good, key: 'x', failedAt: shell.clock.now() - 3 * hour });
    const late = await fail({ value: good, key: '0x4', agent: 'Shop.post' });
    const ids = async (...filter: string[]) => {
      expect(await weir('list', '--ungrouped', '--json', ...filter)).toBe(0);
      return printed()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { id: string }).id);
    };
    expect(await ids('--since', '2h')).toEqual([late]);
    expect(await ids('--until', '2h')).toEqual([old]);
    expect(await ids('--since', '2020-01-31T12:00:00Z')).toEqual([old, late]);
    expect(await ids('--agent', 'Shop.post')).toEqual([late]);
    expect(await ids('--key', 'x')).toEqual([old]);
    expect(await ids('--key', '0x4')).toEqual([late]);
    expect(await ids('--topic', 'bills')).toEqual([]);
    expect(await ids('-n', '1')).toEqual([old]);
    expect(await ids(late)).toEqual([late]);
  });

  it('works by an id where no app is named, and says so otherwise', async () => {
    await fail({ value: good });
    expect(await run(['dlq', 'list', '--id', 'shop', '-b', 'kafka://a:1'], undefined, shell)).toBe(0);
    expect(printed()).toContain('billing');
    expect(await run(['dlq', 'list'], undefined, shell)).toBe(2);
    expect(shell.err.text).toContain('--id');
  });
});

describe('weir dlq show', () => {
  it('prints why, and the original', async () => {
    const id = await fail({ value: '{"id":', key: 'k', headers: [['traceparent', Buffer.from('00-abc')]] });
    expect(await weir('show', id)).toBe(0);
    const text = printed();
    for (const part of ['orders:0:0', 'billing, 4 attempts', 'RangeError: too much', 'traceparent=00-abc', 'value       {"id":'])
      expect(text).toContain(part);
    await weir('show', '--json');
    expect(JSON.parse(printed())).toMatchObject({ id, key: 'k', value: '{"id":', headers: [['traceparent', '00-abc']], state: 'waiting' });
  });

  it('ends with 1 for one that is not there, and with 2 for what is no id', async () => {
    await fail({ value: good });
    expect(await weir('show', '0-99')).toBe(1);
    expect(shell.err.text).toContain('shop-dead-letters has no dead letter 0-99');
    expect(await weir('show', 'first')).toBe(2);
  });
});

describe('weir dlq replay', () => {
  it('gives letters back once, and says how many', async () => {
    const id = await fail({ value: good, key: 'k' });
    await fail({ value: good });
    expect(await weir('replay', '--dry-run')).toBe(0);
    expect(printed()).toContain('2 to be replayed');
    expect(replayed()).toEqual([]);
    expect(await weir('replay', id)).toBe(0);
    expect(printed()).toBe('replayed 1 of 1\n');
    expect(replayed()).toEqual([['k', good]]);
    expect(await weir('replay', '--json')).toBe(0);
    expect(JSON.parse(printed())).toEqual({ replayed: 1, total: 1 });
    expect(await weir('replay')).toBe(0);
    expect(printed()).toBe('no dead letters to replay\n');
    expect(await weir('replay', id)).toBe(0);
    expect(shell.err.text).toContain(`${id} was replayed already`);
    expect(replayed()).toHaveLength(2);
  });

  it('refuses letters of an agent that the app no longer has', async () => {
    await fail({ value: good, agent: 'Shop.gone' });
    expect(await weir('replay')).toBe(1);
    expect(shell.err.text).toContain(
      "no agent Shop.gone, which failed on 1 of them: give the agent that name again ({ name: 'Shop.gone' })",
    );
  });

  it('shows progress on a terminal', async () => {
    for (let count = 0; count < 3; count++) await fail({ value: good });
    shell.err.isTerminal = true;
    expect(await weir('replay', '--rate', '0')).toBe(0);
    expect(shell.err.text).toBe('\r3 of 3\n');
    expect(shell.listening).toBe(0);
  });

  it('ends in order at Ctrl-C, with 1 and with what was done', async () => {
    for (let count = 0; count < 3; count++) await fail({ value: good });
    shell.err.isTerminal = true;
    const ended = weir('replay', '--rate', '0.01');
    await shell.err.until('1 of 3');
    shell.interrupt();
    expect(await ended).toBe(1);
    expect(printed()).toBe('replayed 1 of 3\n');
    expect(replayed()).toHaveLength(1);
    expect(await weir('replay')).toBe(0);
    expect(printed()).toBe('replayed 2 of 2\n');
  });

  it.each([
    [['replay', '--rate', 'fast'], '--rate: expected messages a second'],
    [['list', '--since', 'yesterday'], '--since: expected a date'],
    [['list', '--since', '7'], '--since: expected a date'],
    [['list', '--limit', 'all'], '--limit'],
    [['lst'], 'Did you mean list?'],
    [[], 'Usage: weir dlq list|show|replay|edit|drop'],
    [['edit'], 'Usage: weir dlq edit <letter>'],
  ])('ends with 2 for %j', async (args, message) => {
    expect(await weir(...args)).toBe(2);
    expect(shell.err.text).toContain(message);
  });
});

describe('weir dlq edit', () => {
  it('replays a corrected value, written as the app declares the topic', async () => {
    const id = await fail({ value: '{"id":"a"}', key: 'k' });
    expect(await weir('edit', id, '--value', ' { "id": "a", "amount": 2 } ')).toBe(0);
    expect(printed()).toBe('orders[0]@1\n');
    expect(replayed()).toEqual([['k', '{"id":"a","amount":2}']]);
    expect(await weir('edit', id, '--value', good)).toBe(1);
    expect(shell.err.text).toContain(`${id} was edited already`);
  });

  it('refuses what readers cannot decode, naming the fault, unless it is forced', async () => {
    const id = await fail({ value: '{"id":"a"}' });
    expect(await weir('edit', id, '--value', '{"amount":"2"}')).toBe(1);
    expect(shell.err.text).toMatch(/id: expected .*amount: expected/);
    expect(await weir('edit', id, '--value', '{')).toBe(1);
    // The value that stays would only fail again.
    expect(await weir('edit', id, '--key', 'other')).toBe(1);
    expect(replayed()).toEqual([]);
    expect(await weir('edit', id, '--value', '{', '--force')).toBe(0);
    expect(replayed()).toEqual([[null, '{']]);
  });

  it('takes a key, and the bytes of a file as they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-spec-'));
    const file = join(folder, 'value');
    const id = await fail({ value: 'x', key: 'k' });
    await writeFile(file, `${good}\n`);
    expect(await weir('edit', id, '--key', 'other', '--file', file)).toBe(0);
    expect(replayed()).toEqual([['other', `${good}\n`]]);
    await rm(folder, { recursive: true });
    expect(await weir('edit', await fail({ value: 'x' }), '--file', file)).toBe(2);
    expect(shell.err.text).toContain('--file: expected a file that can be read');
  });

  it('opens the value in an editor where somebody sits in front of it', async () => {
    const id = await fail({ value: '{"id":"a"}' });
    expect(await weir('edit', id)).toBe(2);
    expect(shell.err.text).toContain('--value, --file or --key');
    shell.isInteractive = true;
    expect(await weir('edit', id)).toBe(1);
    expect(shell.err.text).toContain('nothing was changed');
    shell.editing = () => '{"id":1}\n';
    expect(await weir('edit', id)).toBe(1);
    expect(shell.err.text).toContain('What was written: {"id":1}');
    shell.editing = () => `${good}\n`;
    expect(await weir('edit', id)).toBe(0);
    expect(shell.edited[0]).toEqual([`${id}.json`, '{"id":"a"}']);
    expect(replayed()).toEqual([[null, good]]);
  });

  // An editor that writes Latin-1 had the replacement character sent in place of what was typed.
  it('refuses bytes of an editor that are no UTF-8', async () => {
    const id = await fail({ value: '{"id":"a"}' });
    shell.isInteractive = true;
    shell.editing = () => Buffer.from('{"id":"Eli\u0161ka","amount":2}'.replace('\u0161', '\u00e9'), 'latin1');
    expect(await weir('edit', id)).toBe(1);
    expect(shell.err.text).toContain('expected UTF-8 text, got malformed bytes, starting 0x7b22');
    expect(shell.err.text).toContain('What was written: {"id":"Eli');
    expect(replayed()).toEqual([]);
  });

  it('does not open bytes that are no text', async () => {
    const id = await fail({ value: Buffer.from([0xff]) });
    shell.isInteractive = true;
    expect(await weir('edit', id)).toBe(1);
    expect(shell.err.text).toContain('is no text: give the new one with --file');
  });
});

describe('weir dlq drop', () => {
  it('asks, and drops only on yes', async () => {
    await fail({ value: good });
    await fail({ value: good });
    shell.isInteractive = true;
    shell.input = ['n'];
    expect(await weir('drop')).toBe(1);
    expect(shell.err.text).toContain('drop these 2? [y/N] nothing was dropped');
    shell.input = ['yes'];
    expect(await weir('drop')).toBe(0);
    expect(printed()).toBe('dropped 2\n');
    expect(await weir('drop')).toBe(0);
    expect(printed()).toBe('no dead letters to drop\n');
    await weir('replay');
    expect(replayed()).toEqual([]);
  });

  it('needs --yes where nobody can be asked', async () => {
    const id = await fail({ value: good });
    expect(await weir('drop', id)).toBe(2);
    expect(shell.err.text).toContain('--yes');
    expect(await weir('drop', id, '--yes', '--json')).toBe(0);
    expect(JSON.parse(printed())).toEqual({ dropped: 1 });
  });
});
