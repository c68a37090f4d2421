import { describe, expect, it } from '@jest/globals';
import { groupLetters, LetterError } from './index.js';
import { ShopLetters } from './shop-letters.fixture.js';

const bytes = (text: string) => Buffer.from(text);
const text = (shop: ShopLetters, topic = 'orders') => shop.replayed(topic).map(({ value }) => value?.toString());

describe('the dead letters of an app', () => {
  it('are none when there is no topic, and when it is empty', async () => {
    const shop = new ShopLetters();
    expect(await shop.letters().list()).toEqual([]);
    expect(await shop.letters().replay()).toEqual({ replayed: 0, total: 0, settled: [] });
    expect(await shop.letters().drop()).toBe(0);
    shop.broker.createTopic({ name: ShopLetters.topic });
    expect(await shop.letters().list()).toEqual([]);
    expect((await shop.letters().replay()).total).toBe(0);
    expect(shop.stored(ShopLetters.topic)).toEqual([]);
  });

  it('are listed in the order in which they were set aside, without their values', async () => {
    const shop = new ShopLetters();
    const [first] = await shop.fail({ value: bytes('1'), key: bytes('a') });
    shop.now += 1_000;
    const [second] = await shop.fail({ value: bytes('2'), key: bytes('b'), error: new RangeError('too much') });
    const letters = await shop.letters().list();
    expect(letters.map(({ id }) => id)).toEqual([first, second]);
    expect(letters[1]).toMatchObject({ key: bytes('b'), cause: { topic: 'orders', agent: 'Shop.take', error: { name: 'RangeError' } } });
    expect(letters[0]).not.toHaveProperty('value');
  });

  it('are given as a whole by their ids', async () => {
    const shop = new ShopLetters();
    const headers = [['trace', Buffer.from([0xff])]] as const;
    const [id = ''] = await shop.fail({ value: bytes('{"id":'), headers });
    await shop.fail({ value: bytes('another') });
    expect(await shop.letters().get(id)).toMatchObject({ id, value: bytes('{"id":'), headers });
    await expect(shop.letters().get('2-99')).rejects.toThrow(LetterError);
    await expect(shop.letters().get('seventeen')).rejects.toThrow(/partition-offset, such as '0-17'/);
  });

  it('are grouped by what is wrong with them, the largest group first', async () => {
    const shop = new ShopLetters();
    const fail = (message: string) => new RangeError(message);
    await shop.fail({ value: null, agent: 'Shop.bill' });
    for (const id of [1, 2, 3]) {
      shop.now += 1_000;
      await shop.fail({ value: null, error: fail(`order ${id}`) });
    }
    expect(groupLetters(await shop.letters().list())).toMatchObject([
      { agent: 'Shop.take', count: 3, error: { name: 'RangeError', message: 'order 3' }, first: shop.now - 2_000, last: shop.now },
      { agent: 'Shop.bill', count: 1 },
    ]);
  });

  it('are chosen by agent, topic, fingerprint, key, time, id and number, all of which must hold', async () => {
    const shop = new ShopLetters();
    const noon = shop.now;
    const [one] = await shop.fail({ value: bytes('1'), key: bytes('a') });
    shop.now += 60_000;
    const [two] = await shop.fail({ value: bytes('2'), key: bytes('b'), agent: 'Shop.bill' });
    shop.now += 60_000;
    const [three = ''] = await shop.fail({ value: bytes('3'), key: Buffer.from([0xff]), topic: 'bills', error: new TypeError('no') });
    const letters = shop.letters();
    const ids = async (filter: Parameters<typeof letters.list>[0]) => (await letters.list(filter)).map(({ id }) => id);
    const { fingerprint } = (await letters.get(three)).cause;
    expect(await ids({ agent: 'Shop.bill' })).toEqual([two]);
    expect(await ids({ topic: 'bills' })).toEqual([three]);
    expect(await ids({ fingerprint: fingerprint.slice(0, 5) })).toEqual([three]);
    expect(await ids({ key: 'a' })).toEqual([one]);
    expect(await ids({ key: Buffer.from([0xff]) })).toEqual([three]);
    expect(await ids({ key: [bytes('a'), bytes('b')] })).toEqual([one, two]);
    expect(await ids({ since: noon + 60_000 })).toEqual([two, three]);
    expect(await ids({ until: new Date(noon + 60_000) })).toEqual([one]);
    expect(await ids({ ids: [three], topic: 'bills' })).toEqual([three]);
    expect(await ids({ limit: 2 })).toEqual([one, two]);
    expect(await ids({ topic: 'orders', key: [Buffer.from([0xff])] })).toEqual([]);
    await expect(ids({ limit: -1 })).rejects.toThrow(/limit/);
    await expect(ids({ since: Number.NaN })).rejects.toThrow(/since/);
  });
});

describe('a replay', () => {
  it('writes the original byte for byte into its own partition, with whom it is for and what it comes from', async () => {
    const shop = new ShopLetters();
    const original = { key: Buffer.from([0xff, 0]), value: Buffer.from([0xfe]), partition: 2, timestamp: 1_700_000_000_000 };
    const headers = [
      ['traceparent', bytes('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')],
      ['tracestate', bytes('congo=t61rcWkgMzE')],
      ['trace', Buffer.from([0xff])],
      ['trace', bytes('twice')],
    ] as const;
    const [id] = await shop.fail({ ...original, headers });
    expect(await shop.letters().replay()).toMatchObject({ replayed: 1, total: 1 });
    const [message] = shop.replayed();
    expect(message).toMatchObject(original);
    expect(message?.headers).toEqual([
      ...headers,
      ['weir-replay-for', bytes('shop/Shop.take')],
      ['weir-replay-of', bytes(`shop-dead-letters-${id}`)],
    ]);
  });

  it('keeps tombstones, empty values and missing keys apart', async () => {
    const shop = new ShopLetters();
    await shop.fail(
      { value: null, key: bytes('k') },
      { value: Buffer.alloc(0), key: bytes('k') },
      { value: bytes('x'), key: Buffer.alloc(0) },
    );
    await shop.letters().replay();
    expect(shop.replayed().map(({ key, value }) => [key?.toString(), value?.toString()])).toEqual(
      expect.arrayContaining([
        ['k', undefined],
        ['k', ''],
        ['', 'x'],
      ]),
    );
  });

  it('leaves the partition to the key when the old one is gone', async () => {
    const shop = new ShopLetters();
    await shop.fail({ value: bytes('1'), key: bytes('a'), partition: 2 });
    shop.broker.deleteTopic('orders');
    shop.broker.createTopic({ name: 'orders', partitions: 1 });
    await shop.letters().replay();
    expect(shop.replayed()).toMatchObject([{ partition: 0 }]);
  });

  it('takes each letter once, and says which of those asked for by id were dealt with before', async () => {
    const shop = new ShopLetters();
    const [one = '', two = ''] = await shop.fail({ value: bytes('1') }, { value: bytes('2') });
    expect((await shop.letters().replay({ ids: [one] })).replayed).toBe(1);
    expect((await shop.letters().replay()).replayed).toBe(1);
    expect((await shop.letters().replay()).replayed).toBe(0);
    expect(text(shop).sort()).toEqual(['1', '2']);
    const again = await shop.letters().replay({ ids: [one, two] });
    expect(again).toMatchObject({ replayed: 0, settled: [{ outcome: 'replayed' }, { outcome: 'replayed' }] });
    expect(await shop.letters().list()).toEqual([]);
    expect((await shop.letters().list({}, { all: true })).map(({ outcome }) => outcome)).toEqual(['replayed', 'replayed']);
  });

  it('keeps the order of a key over many letters', async () => {
    const shop = new ShopLetters();
    const values = Array.from({ length: 1_200 }, (_, index) => `${index}`);
    await shop.fail(...values.map((value, index) => ({ value: bytes(value), key: bytes(`k${index % 7}`), partition: index % 3 })));
    const seen: number[] = [];
    expect(await shop.letters().replay({}, { rate: 0, onProgress: ({ replayed }) => seen.push(replayed) })).toMatchObject({
      replayed: 1_200,
    });
    expect(seen).toEqual([500, 1_000, 1_200]);
    for (const key of ['k0', 'k6']) {
      const order = shop.replayed().filter((each) => each.key?.toString() === key);
      const of = (partition: number) => order.filter((each) => each.partition === partition).map(({ value }) => Number(value));
      for (const partition of [0, 1, 2]) expect(of(partition)).toEqual([...of(partition)].sort((a, b) => a - b));
    }
  });

  it('is refused as a whole when an agent, a topic or an id is gone, with all faults at once', async () => {
    const shop = new ShopLetters();
    await shop.fail({ value: bytes('1') }, { value: bytes('2'), agent: 'Shop.old' }, { value: bytes('3'), topic: 'gone' });
    shop.broker.deleteTopic('gone');
    const refused = shop.letters(['Shop.take']).replay();
    await expect(refused).rejects.toMatchObject({ code: 'LETTER_REFUSED', ids: [expect.any(String), expect.any(String)] });
    await expect(refused).rejects.toThrow(/no agent Shop\.old, which failed on 1 .*topic gone does not exist/);
    await expect(shop.letters().replay({ ids: ['0-98', '1-99'] })).rejects.toThrow(/no dead letter 0-98, 1-99/);
    expect(shop.replayed()).toEqual([]);
    expect((await shop.letters(['Shop.take']).replay({ agent: 'Shop.take', topic: 'orders' })).replayed).toBe(1);
  });
});

describe('an edit', () => {
  it('replays one letter with another value, or another key, which then decides about the partition', async () => {
    const shop = new ShopLetters();
    const [one = '', two = ''] = await shop.fail(
      { value: bytes('{'), key: bytes('a'), partition: 2 },
      { value: bytes('{}'), partition: 2 },
    );
    expect(await shop.letters().edit(one, { value: '{}' })).toMatchObject({ topic: 'orders', partition: 2 });
    await shop.letters().edit(two, { key: 'b' });
    expect(shop.replayed().map(({ key, value }) => [key?.toString(), value?.toString()])).toEqual(
      expect.arrayContaining([
        ['a', '{}'],
        ['b', '{}'],
      ]),
    );
    expect((await shop.letters().list({}, { all: true })).map(({ outcome }) => outcome)).toEqual(['edited', 'edited']);
    await expect(shop.letters().edit(one, { value: '{}' })).rejects.toThrow(`${one} was edited already`);
  });
});

describe('a drop', () => {
  it('takes letters out of the list and out of replays', async () => {
    const shop = new ShopLetters();
    await shop.fail({ value: bytes('1') }, { value: bytes('2'), agent: 'Shop.bill' });
    expect(await shop.letters().drop({ agent: 'Shop.bill' })).toBe(1);
    expect(await shop.letters().list()).toMatchObject([{ cause: { agent: 'Shop.take' } }]);
    await shop.letters().replay();
    expect(text(shop)).toEqual(['1']);
    expect(await shop.letters().drop()).toBe(0);
  });
});
