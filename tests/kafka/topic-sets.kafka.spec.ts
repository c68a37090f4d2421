import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { protocols } from './groups.js';
import { committed, createTopic, PlainReader, readDecided, unique, write } from './plain.js';

const PARTITIONS = 4;
const KEYS = 100;
/** Messages of each topic in one of four parts. */
const PART = Number(process.env.PAIRED_EVENTS ?? 1_000);
const ways = protocols.filter(([protocol]) => protocol !== 'eager');

afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
});

/** Two topics, workers that read them, and what these report. */
class Pair {
  #written = 0;

  private constructor(
    readonly id: string,
    readonly guarantee: string,
    readonly properties: object,
    readonly reports: PlainReader,
  ) {}

  static async open(guarantee: string, properties: object): Promise<Pair> {
    const id = unique('paired');
    for (const name of ['views', 'likes', 'report']) await createTopic(`${id}-${name}`, PARTITIONS);
    return new Pair(id, guarantee, properties, await PlainReader.open(`${id}-report`));
  }

  /** Writes one part more to both topics. */
  async write(): Promise<void> {
    const ids = Array.from({ length: PART }, (_, each) => this.#written + each);
    this.#written += PART;
    for (const name of ['views', 'likes'])
      await write(
        `${this.id}-${name}`,
        ids.map((id) => ({ key: `/${id % KEYS}`, value: JSON.stringify({ id }) })),
      );
  }

  start(release: 'apart' | 'together'): Program {
    return Program.file('tests/kafka/paired-app.ts', release, this.id, this.guarantee, JSON.stringify(this.properties));
  }

  /** Resolves when so many of what was written were reported, as readers with `read_committed` see it. */
  async reported(share: number, ...workers: readonly Program[]): Promise<void> {
    const enough = 2 * this.#written * share;
    await Promise.race([
      this.reports.until((all) => new Set(all.map(({ value }) => String(value))).size >= enough),
      ...workers.map(endedEarly),
    ]);
  }

  /** Resolves when all that was written is committed. At least once something may be reported before. */
  async done(...workers: readonly Program[]): Promise<void> {
    const offsets = async () => {
      const each = await Promise.all(['views', 'likes'].map((name) => committed(this.id, `${this.id}-${name}`, PARTITIONS)));
      return each.flat().reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
    };
    const all = async () => {
      while ((await offsets()) < 2 * this.#written) await new Promise((resolve) => setTimeout(resolve, 200));
    };
    await Promise.race([all(), ...workers.map(endedEarly)]);
  }

  /** How often what was reported was, and how many are missing. */
  async outcome(): Promise<{ readonly twice: number; readonly missing: number }> {
    const values = (await readDecided(`${this.id}-report`, PARTITIONS)).map(({ value }) => String(value));
    return { twice: values.length - new Set(values).size, missing: 2 * this.#written - new Set(values).size };
  }

  /** What the table counts in all. */
  async counted(): Promise<number> {
    const newest = new Map(
      (await readDecided(`${this.id}-counts-changelog`, PARTITIONS)).map(({ key, value }) => [
        String(key),
        Number(value?.readBigInt64BE() ?? 0),
      ]),
    );
    return [...newest.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** What it logged beside its usual life. */
function warnings({ err }: Program): string[] {
  return err.split('\n').filter((line) => /"level":[456]0|not known yet/.test(line));
}

async function endedEarly(program: Program): Promise<never> {
  const { code, signal } = await program.ended;
  if (signal === 'SIGKILL' || code === 0) return new Promise(() => {});
  throw new Error(`the worker ended early (${code ?? signal}): ${program.err}`);
}

describe.each(ways)('a rolling deployment on Apache Kafka, exactly once, %s', (_, properties) => {
  // Old workers read a topic that follows in the new ones: some hundred messages were read, and committed, by both.
  it('of a release in which two topics come to share a table counts nothing twice: new workers wait for the old ones', async () => {
    const pair = await Pair.open('exactly-once', properties);
    await pair.write();
    const old = [pair.start('apart'), pair.start('apart')];
    await pair.reported(1, ...old);
    const next = [pair.start('together')];
    await next[0].logs('waiting for up to');
    await pair.write();
    await pair.reported(1, ...old);
    expect(await old[0].interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    next.push(pair.start('together'));
    await pair.write();
    await pair.reported(0.9, old[1]);
    expect(next.some(({ err }) => err.includes('subscribed to'))).toBe(false);
    expect(await old[1].interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    await pair.write();
    for (const worker of next) await worker.logs('subscribed to');
    await pair.done(...next);
    for (const worker of next) expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await pair.outcome()).toEqual({ twice: 0, missing: 0 });
    expect(await pair.counted()).toBeGreaterThanOrEqual(2 * PART);
  }, 180_000);
});

describe.each([
  ['at-least-once', ...ways[0]],
  ['exactly-once', ...ways[1]],
])('topics that share a table on Apache Kafka, %s, %s', (guarantee, _, properties) => {
  it('are counted once over workers that come, go and are killed', async () => {
    const pair = await Pair.open(guarantee, properties);
    await pair.write();
    let workers = [pair.start('together'), pair.start('together')];
    const all = [...workers];
    for (let part = 1; part < 4; part++) {
      await pair.write();
      await pair.reported((part + 0.5) / (part + 1), ...workers);
      const [first, ...others] = workers;
      await first.interrupt(part === 2 ? 'SIGTERM' : 'SIGKILL');
      workers = [...others, pair.start('together')];
      all.push(...workers.slice(-1));
    }
    for (const worker of workers) await worker.logs('subscribed to');
    await pair.done(...workers);
    for (const worker of workers) expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    const { twice, missing } = await pair.outcome();
    // What they said is shown where the numbers are wrong.
    const seen = { counted: await pair.counted(), missing, twice: guarantee === 'exactly-once' ? twice : 0 };
    expect({ ...seen, said: all.map(warnings) }).toEqual({ counted: 8 * PART, missing: 0, twice: 0, said: expect.any(Array) });
  }, 180_000);
});
