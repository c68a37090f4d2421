import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, PlainReader, readAll, readUntil, unique, write } from './plain.js';

const stopped = { code: 0, signal: null };
const COUNT = 30;
const ids = Array.from({ length: COUNT }, (_, id) => id);

afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
});

/** An app on a topic, and its commands. */
interface Shop {
  readonly id: string;
  readonly orders: string;
}

function weir({ id, orders }: Shop, state: 'broken' | 'mended', ...args: string[]): Program {
  return Program.file('tests/kafka/dlq-app.ts', orders, state, ...args, '--id', id);
}

function worker(shop: Shop, state: 'broken' | 'mended'): Program {
  return weir(shop, state, 'worker', '-l', 'info');
}

/** Runs `dlq …` to its end. */
async function dlq(shop: Shop, ...args: string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const program = weir(shop, 'mended', 'dlq', ...args);
  const { code } = await program.ended;
  return { code, out: program.out, err: program.err };
}

const lines = (program: Program, what: string) =>
  program
    .lines(`${what} `)
    .map((line) => Number(line.split(' ')[1]))
    .sort((a, b) => a - b);

/** Everything that the agent of one app fails on is set aside; another app on the same topic fails on nothing. */
async function setAside(headers: readonly (readonly [string, string])[] = []) {
  const orders = unique('orders');
  const shop = { id: unique('fragile'), orders };
  await createTopic(orders, 3);
  // Older than what is written later, and young enough to be kept.
  const begin = Date.now() - 60_000;
  await write(
    orders,
    ids.map((id) => ({ key: `k${id % 7}`, value: `{ "id": ${id} }`, headers, timestamp: begin + id })),
  );
  const broken = worker(shop, 'broken');
  const sound = worker({ id: unique('sound'), orders }, 'mended');
  await broken.logs('"ready"');
  await readUntil(`${shop.id}-dead-letters`, (letters) => letters.length === COUNT);
  await sound.prints(...ids.map((id) => `taken ${id}\n`));
  expect(await broken.interrupt()).toEqual(stopped);
  return { shop, sound };
}

describe('weir dlq on Apache Kafka', () => {
  it('gives dead letters back to the agent that failed and to nobody else, and only once', async () => {
    const trace = [['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']] as const;
    const { shop, sound } = await setAside(trace);
    const { orders } = shop;
    const listed = await dlq(shop, 'list', '--json');
    expect(JSON.parse(listed.out)).toMatchObject({ count: COUNT, agent: 'Fragile.take', topic: orders, error: { name: 'RangeError' } });

    const mended = worker(shop, 'mended');
    expect(await dlq(shop, 'replay', '--rate', '500', '--limit', '10')).toMatchObject({ code: 0, out: 'replayed 10 of 10\n' });
    expect(await dlq(shop, 'replay', '--rate', '0')).toMatchObject({ code: 0, out: `replayed ${COUNT - 10} of ${COUNT - 10}\n` });
    expect(await dlq(shop, 'replay')).toMatchObject({ code: 0, out: 'no dead letters to replay\n' });
    await mended.prints(...ids.map((id) => `taken ${id}\n`));
    expect((await dlq(shop, 'list')).out).toBe('no dead letters\n');

    const last = [0, 1, 2].map((partition) => 1_000 + partition);
    await write(
      orders,
      last.map((id, partition) => ({ value: `{"id":${id}}`, partition })),
    );
    for (const program of [mended, sound]) await program.prints(...last.flatMap((id) => [`taken ${id}`, `counted ${id}`]));
    for (const program of [mended, sound]) expect(await program.interrupt()).toEqual(stopped);
    expect(lines(mended, 'taken')).toEqual([...ids, ...last]);
    expect(lines(mended, 'counted')).toEqual(last);
    expect(lines(sound, 'taken')).toEqual([...ids, ...last]);
    expect(lines(sound, 'counted')).toEqual([...ids, ...last]);

    const messages = await readAll(orders);
    const replays = messages.filter(({ headers }) => headers.some(([name]) => name === 'weir-replay-for'));
    expect(replays).toHaveLength(COUNT);
    for (const replay of replays) {
      const [original] = messages.filter(({ value, headers }) => headers.length === 1 && String(value) === String(replay.value));
      expect(replay).toMatchObject({
        ...{ key: original.key, value: original.value },
        ...{ partition: original.partition, timestamp: original.timestamp },
      });
      expect(replay.headers.slice(0, 1)).toEqual(trace);
    }
  }, 120_000);

  it('shows, edits and drops them', async () => {
    const { shop } = await setAside();
    const letters = (await dlq(shop, 'list', '--ungrouped', '--json')).out.trim().split('\n');
    const [one, two] = letters.map((line) => (JSON.parse(line) as { id: string }).id);
    expect((await dlq(shop, 'show', one)).out).toContain('RangeError: order');
    expect(await dlq(shop, 'edit', one, '--value', '{"id":"a"}')).toMatchObject({ code: 1, err: expect.stringContaining('id: expected') });
    expect(await dlq(shop, 'edit', one, '--value', '{"id":2000}')).toMatchObject({ code: 0 });
    expect((await dlq(shop, 'edit', one, '--value', '{"id":2000}')).err).toContain(`${one} was edited already`);
    expect(await dlq(shop, 'drop', two)).toMatchObject({ code: 2 });
    expect(await dlq(shop, 'drop', two, '--yes')).toMatchObject({ out: 'dropped 1\n' });
    expect((await dlq(shop, 'list', '--json')).out).toContain(`"count":${COUNT - 2}`);
    const mended = worker(shop, 'mended');
    await mended.prints('taken 2000');
    expect(lines(mended, 'taken')).toEqual([2_000]);
    expect((await readAll(shop.orders)).filter(({ value }) => String(value) === '{"id":2000}')).toHaveLength(1);
  }, 120_000);
});
