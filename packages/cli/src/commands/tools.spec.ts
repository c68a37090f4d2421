import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';
import { Shop } from '../shop.fixture.js';

let shell: FakeShell;
beforeEach(() => {
  shell = new FakeShell();
});

const withApp = (...args: string[]) => run(args, Shop, shell);
const without = (...args: string[]) => run(args, undefined, shell);
const stored = (topic: string) =>
  shell.broker.messages(topic).map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null]);

describe('weir send', () => {
  it('writes a record as compact JSON and prints where it lies', async () => {
    expect(await withApp('send', 'orders', '{ "id": "Eliška", "amount": 4 }', '--key', 'k')).toBe(0);
    expect(stored('orders')).toEqual([['k', '{"id":"Eliška","amount":4}']]);
    expect(shell.out.text).toBe('orders[0]@0\n');
  });

  it('refuses what the readers of the topic would refuse, naming each field', async () => {
    expect(await withApp('send', 'orders', '{"amount":"4"}')).toBe(1);
    expect(shell.err.text).toMatch(/id: expected .*amount: expected/);
    expect(stored('orders')).toEqual([]);
  });

  it('refuses a key that the topic does not take', async () => {
    expect(await withApp('send', 'notes', 'hello', '--key', 'x')).toBe(1);
    expect(shell.err.text).toContain("error: integer takes JSON, got x: 'x' at position 0\n");
  });

  it('says how text becomes JSON', async () => {
    expect(await withApp('send', 'bills', 'hello')).toBe(1);
    // It was told in the words of the engine, which are others with each version of Node.
    expect(shell.err.text).toBe(`error: json takes JSON, got hello: 'h' at position 0. Text is JSON only in quotes: '"hello"'\n`);
    expect(await withApp('send', 'bills', '{"id":')).toBe(1);
    expect(shell.err.text).toContain('json takes JSON, got {"id":: a text that ends too early, after 6 characters.');
    expect(await withApp('send', 'bills', '')).toBe(1);
    expect(shell.err.text).toContain('json takes JSON, got an empty text.');
    // It used to be sent as 9007199254740992.
    expect(await withApp('send', 'bills', '{"id":9007199254740993}')).toBe(1);
    expect(shell.err.text).toContain('no number holds 9007199254740993 exactly');
    expect(shell.err.text).toContain(`'"hello"'`);
  });

  it('writes to the topic of an agent', async () => {
    expect(await withApp('send', '@billing', '{"id":"a","amount":1}')).toBe(0);
    expect(stored('orders')).toHaveLength(1);
    expect(await withApp('send', '@biling', '{}')).toBe(2);
    expect(shell.err.text).toContain('Did you mean @billing?');
  });

  it('writes text as it is to a topic that no app declares, with headers, timestamp and partition', async () => {
    const args = [
      '--header',
      'a=1',
      '--header',
      'b=x=y',
      '--header',
      'a=2',
      '--timestamp',
      '2026-01-31T12:00:00Z',
      '--partition',
      '0',
      '--json',
    ];
    expect(await without('send', 'plain', 'Přemysl', ...args)).toBe(0);
    const [message] = shell.broker.messages('plain');
    expect(message?.headers.map(([name, value]) => [name, value?.toString()])).toEqual([
      ['a', '1'],
      ['b', 'x=y'],
      ['a', '2'],
    ]);
    expect(message?.timestamp).toBe(Date.parse('2026-01-31T12:00:00Z'));
    expect(shell.json()).toEqual([{ topic: 'plain', partition: 0, offset: 0 }]);
  });

  it('sends each line of standard input for -, and what follows -- as it stands', async () => {
    shell.input = ['one', 'two'];
    expect(await without('send', 'plain', '-')).toBe(0);
    expect(await without('send', 'plain', '--', '--three')).toBe(0);
    expect(await without('send', 'plain', '')).toBe(0);
    expect(stored('plain').map(([, value]) => value)).toEqual(['one', 'two', '--three', '']);
  });
});

describe('weir send -', () => {
  it('numbers the line that cannot be sent', async () => {
    shell.input = ['{"id":"a","amount":1}', '{"id":"b"'];
    expect(await withApp('send', 'orders', '-')).toBe(1);
    expect(shell.err.text).toContain(
      'line 2 of standard input: Order takes JSON, got {"id":"b": a text that ends too early, after 9 characters. ',
    );
    expect(shell.err.text).toContain('What stands before it was sent');
    expect(stored('orders')).toHaveLength(1);
  });

  // They were sent as the replacement character, and nobody was told; to a topic of bytes, too.
  it('refuses a line that is no UTF-8', async () => {
    shell.input = ['Eliška', Buffer.from([0x7b, 0xe9, 0x7d]), 'never'];
    expect(await without('send', 'plain', '-')).toBe(1);
    expect(shell.err.text).toContain(
      'error: line 2 of standard input: not a valid text: expected UTF-8 text, got malformed bytes, starting 0x7be97d. What stands before it was sent\n',
    );
    expect(stored('plain')).toEqual([[null, 'Eliška']]);
  });

  it('sends a replacement character that stands there by right', async () => {
    shell.input = ['\uFFFD'];
    expect(await without('send', 'plain', '-')).toBe(0);
    expect(stored('plain')).toEqual([[null, '\uFFFD']]);
  });
});

describe('weir tail', () => {
  const fill = async (...values: (string | Buffer | null)[]) => {
    const producer = await shell.broker.transport().producer();
    for (const value of values) await producer.send({ topic: 'plain', key: null, value });
  };

  it('prints what is there, with what a terminal would obey made visible', async () => {
    await fill('Šafářová', null, '\u001b[31mred\n', Buffer.from([0xff, 0xfe]), '');
    expect(await without('tail', 'plain', '-n', '5')).toBe(0);
    expect(shell.out.lines).toEqual([
      'plain:0:0: key=null value=Šafářová',
      'plain:0:1: key=null value=null',
      'plain:0:2: key=null value=\\u001b[31mred\\n',
      'plain:0:3: key=null value=0xfffe',
      'plain:0:4: key=null value=',
    ]);
  });

  it('begins where it is told', async () => {
    await fill('a', 'b', 'c');
    expect(await without('tail', 'plain', '--from', '1', '-n', '1')).toBe(0);
    expect(shell.out.lines).toEqual(['plain:0:1: key=null value=b']);
  });

  it('goes on with what comes until Ctrl-C, and ends with 0', async () => {
    await fill('a');
    const ended = without('tail', 'plain');
    await shell.out.until('value=a');
    await fill('b');
    await shell.out.until('value=b');
    shell.interrupt();
    expect(await ended).toBe(0);
    expect(shell.listening).toBe(0);
  });

  // It waited for the connection, up to ten seconds.
  it('ends at once at Ctrl-C, also while no broker answers', async () => {
    let isOpening = () => {};
    const opening = new Promise<void>((resolve) => {
      isOpening = resolve;
    });
    shell.open = () => {
      isOpening();
      return new Promise(() => undefined);
    };
    const ended = without('tail', 'plain');
    await opening;
    shell.interrupt();
    expect(await ended).toBe(0);
  });

  it('says that no broker answers as soon as it is known, once', async () => {
    shell.open = async ({ logger }) => {
      logger.error('Connect to ipv4#127.0.0.1:1 failed: Connection refused');
      expect(shell.err.lines).toHaveLength(1);
      logger.error('and again');
      return shell.broker.transport();
    };
    await fill('a');
    expect(await without('tail', 'plain', '-n', '1')).toBe(0);
    expect(shell.err.text).toMatch(
      /^no answer from kafka:\/\/\S+ yet, trying on: Connect to ipv4#127.0.0.1:1 failed: Connection refused\n$/,
    );
  });

  it('says nothing of it where the log is to be silent', async () => {
    shell.open = async ({ logger }) => {
      logger.error('Connect to ipv4#127.0.0.1:1 failed: Connection refused');
      return shell.broker.transport();
    };
    await fill('a');
    expect(await without('tail', 'plain', '-n', '1', '-l', 'silent')).toBe(0);
    expect(shell.err.text).toBe('');
  });

  it('prints JSON lines, with bytes that are no text as base64', async () => {
    await fill('text', Buffer.from([0xff]));
    expect(await without('tail', 'plain', '-n', '2', '--json')).toBe(0);
    expect(shell.json()).toMatchObject([
      { topic: 'plain', partition: 0, offset: 0, key: null, value: 'text', headers: [] },
      { offset: 1, value: { base64: '/w==' } },
    ]);
  });

  // JSON came as a text that holds JSON: `jq .value.id` had nothing to look into.
  it('prints JSON values as JSON, with all digits, on one line', async () => {
    await fill('{"id":12345678901234567890,\n "tag":"a"}', '[1]', '12', '"text"', 'not json', null);
    expect(await without('tail', 'plain', '-n', '6', '--json')).toBe(0);
    expect(shell.out.lines[0]).toContain('"value":{"id":12345678901234567890,  "tag":"a"}}'.replace('  ', '  '));
    expect(
      shell
        .json<{ value: unknown }>()
        .slice(1)
        .map(({ value }) => value),
    ).toEqual([[1], 12, 'text', 'not json', null]);
  });

  it('names a topic that resembles one that does not exist', async () => {
    await fill('a');
    expect(await without('tail', 'plian')).toBe(1);
    expect(shell.err.text).toContain('the topic plian does not exist. Did you mean plain?');
  });
});

describe('weir topics, agents and config', () => {
  it('shows what the app declares beside what the broker has', async () => {
    await withApp('send', 'orders', '{"id":"a","amount":1}');
    await without('send', 'other', 'x');
    const before = shell.out.text.length;
    expect(await withApp('topics', '--json')).toBe(0);
    const rows = JSON.parse(shell.out.text.slice(before)) as unknown[];
    expect(rows).toEqual([
      { name: 'bills', declared: null, actual: null, key: 'string', value: 'json', readers: ['Shop.post'], writers: ['billing'] },
      { name: 'notes', declared: null, actual: null, key: 'integer', value: 'string', readers: [], writers: ['Shop'] },
      { name: 'orders', declared: 1, actual: 1, key: 'string', value: 'Order', readers: ['billing'], writers: [] },
    ]);
  });

  it('shows every topic of the broker without an app, and with --all', async () => {
    await without('send', 'other', 'x');
    expect(await without('topics')).toBe(0);
    expect(shell.out.text).toMatch(/\| other +\| - +\| 1 /);
    expect(await withApp('topics', '--all')).toBe(0);
    expect(shell.out.text).toContain('missing');
  });

  it('lists agents with their sinks, and connects to nothing', async () => {
    shell.open = () => Promise.reject(new Error('it connected'));
    expect(await withApp('agents', '--json')).toBe(0);
    expect(shell.json()).toEqual([
      [
        { name: 'billing', topic: 'orders', kind: '@Handler', sinks: ['bills'] },
        { name: 'Shop.post', topic: 'bills', kind: '@Agent', sinks: [] },
      ],
    ]);
  });

  it('tells of each option where its value comes from', async () => {
    shell.environment.WEIR_COMMIT_INTERVAL = '2s';
    expect(await withApp('config', '--json', '--stall-timeout', '9s')).toBe(0);
    const rows = shell.json<{ option: string; value: unknown; origin: string }[]>()[0] ?? [];
    const found = Object.fromEntries(rows.map(({ option, value, origin }) => [option, [value, origin]]));
    expect(found).toMatchObject({
      id: ['shop', '@App'],
      commitInterval: ['2s', 'environment'],
      stallTimeout: ['9s', 'command line'],
      codec: ['json', 'default'],
      drainTimeout: ['10s', '@App'],
    });
  });

  it('draws boxes of lines on a terminal and of ASCII elsewhere', async () => {
    await withApp('agents');
    expect(shell.out.text).toMatch(/^\+-/);
    shell.out.text = '';
    shell.out.isTerminal = true;
    await withApp('agents');
    expect(shell.out.text).toMatch(/^┌─/);
  });
});
