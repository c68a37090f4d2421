import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { committed, createTopic, PlainReader, type Read, readDecided, unique, write } from './plain.js';

const COUNT = Number(process.env.TABLE_EVENTS ?? 20_000);
const PARTITIONS = 4;
const KEYS = 1_000;
/** What the plain producer takes in one go. */
const AT_ONCE = 50_000;
/** A view whose handler sends and waits, where it is told to. */
const HELD = COUNT / 2 - 1;
const guarantees = ['at-least-once', 'exactly-once'] as const;

afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
});

class Views {
  private constructor(
    readonly id: string,
    readonly guarantee: string,
    readonly views: string,
    readonly report: string,
  ) {}

  static async open(guarantee: string): Promise<Views> {
    const id = unique('counting');
    const views = new Views(id, guarantee, `${id}-views`, `${id}-report`);
    await createTopic(views.views, PARTITIONS);
    await createTopic(views.report, PARTITIONS);
    return views;
  }

  async write(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += AT_ONCE) {
      const ids = Array.from({ length: Math.min(AT_ONCE, to - at) }, (_, each) => at + each);
      await write(
        this.views,
        ids.map((id) => ({ key: `/${id % KEYS}`, value: JSON.stringify({ id, isHeld: id === HELD }) })),
      );
    }
  }

  /** @param holds whether the worker keeps the transaction open in which it is given a view that is held */
  start(holds = false): Program {
    const args = [this.id, this.views, this.report, this.guarantee, ...(holds ? ['', '', 'holds'] : [])];
    return Program.file('tests/kafka/counting-app.ts', ...args);
  }

  /** What the changelog holds: the newest value of each key. */
  async table(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { key, value } of await readDecided(`${this.id}-counts-changelog`, PARTITIONS))
      counts.set(String(key), Number(value?.readBigInt64BE()));
    return counts;
  }

  async offsets(): Promise<number> {
    const all = await committed(this.id, this.views, PARTITIONS);
    return all.reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
  }

  /** Resolves when every view was counted and committed. */
  async done(): Promise<void> {
    while ((await this.offsets()) < COUNT) await new Promise((resolve) => setTimeout(resolve, 200));
  }

  /** Every key was counted as often as it was written, and the committed offsets say so, too. */
  async expectExact(): Promise<void> {
    const table = await this.table();
    const wrong = [...table].filter(([, n]) => n !== COUNT / KEYS);
    expect({ keys: table.size, wrong, offsets: await this.offsets() }).toEqual({ keys: KEYS, wrong: [], offsets: COUNT });
    const reported = await readDecided(this.report, PARTITIONS);
    if (this.guarantee === 'exactly-once') expect(reported).toHaveLength(COUNT);
    else expect(newest(reported).size).toBe(KEYS);
  }
}

function newest(messages: readonly Read[]): Map<string, number> {
  return new Map(messages.map(({ key, value }) => [String(key), Number(value?.readBigInt64BE())]));
}

describe.each(guarantees)('a table on Apache Kafka, %s', (guarantee) => {
  it('is exact over kills, while the views keep coming', async () => {
    const views = await Views.open(guarantee);
    const reports = await PlainReader.open(views.report);
    let worker = views.start();
    for (let part = 0; part < 4; part++) {
      await views.write((COUNT * part) / 4, (COUNT * (part + 1)) / 4);
      const enough = (COUNT * (part + 0.5)) / 4;
      await Promise.race([reports.until((all) => all.length >= enough), endedEarly(worker)]);
      if (part === 3) break;
      await worker.interrupt('SIGKILL');
      worker = views.start();
    }
    await Promise.race([views.done(), endedEarly(worker)]);
    await worker.stopped();
    await views.expectExact();
  }, 180_000);

  // A halted worker woke, wrote its old counts over those of the one that had taken over, and only then heard that it was out. With exactly once it ended, where the
  // broker had ended its transaction by then.
  it('is exact where a worker is halted for longer than its session, and goes on', async () => {
    const views = await Views.open(guarantee);
    const reports = await PlainReader.open(views.report);
    await views.write(0, COUNT / 2);
    const halted = views.start(true);
    await Promise.race([halted.prints('holding'), endedEarly(halted)]);
    void halted.interrupt('SIGSTOP');
    const other = views.start();
    await other.logs('"msg":"assigned');
    await views.write(COUNT / 2, (COUNT * 3) / 4);
    await Promise.race([reports.until((all) => all.length >= COUNT / 2), endedEarly(other)]);
    void halted.interrupt('SIGCONT');
    await views.write((COUNT * 3) / 4, COUNT);
    await Promise.race([views.done(), endedEarly(other)]);
    for (const program of [halted, other]) await program.stopped();
    await views.expectExact();
  }, 180_000);
});

async function endedEarly(program: Program): Promise<never> {
  const { code, signal } = await program.ended;
  if (signal === 'SIGKILL') return new Promise(() => {});
  throw new Error(`the worker ended early (${code ?? signal}): ${program.err}`);
}
