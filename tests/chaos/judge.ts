import { close, committed, ends, openConsumer, type PlainMessage, readAll, transactionsEnd } from './clients.js';
import type { Form, Guarantee } from './options.js';
import { alwaysFails, changelogsOf, type Invoice, type Order, PARTITIONS, type Scene } from './scene.js';
import { CountedTables } from './tables.js';

/** What became of the events of a run, as a reader of what is committed sees it. */
export interface Verdict {
  /** Events in the topics of orders. */
  readonly orders: number;
  readonly invoices: number;
  readonly deadLetters: number;
  /** Stand more than once in their topics: brokers that are killed may forget what they have of a producer. Each time is an event. */
  readonly sentAgain: readonly string[];
  /** Neither came out nor were set aside, as often as they were sent. */
  readonly lost: readonly string[];
  /** Came out or were set aside more often than they were sent, with the places where they came out. */
  readonly repeated: readonly string[];
  /** Came out for the first time after a later one of the same key. */
  readonly outOfOrder: readonly string[];
  /** Set aside though they could be processed. */
  readonly wronglySetAside: readonly string[];
  /** What a failed try sent. */
  readonly half: readonly string[];
  /** What tables have that they must not have, or lack, in the end. */
  readonly inTables: readonly string[];
  /** Outcomes that say their tables had what they must not have had. */
  readonly outdated: readonly string[];
  /** Of these the events that have no other outcome. */
  readonly outdatedOnly: readonly string[];
  /** Taken by Kafka and not there: no fault of weir's. */
  readonly lostByKafka: readonly string[];
}

/** Reads everything and counts. */
export async function judge(brokers: string, scene: Scene, acknowledged: ReadonlyMap<string, ReadonlySet<number>>): Promise<Verdict> {
  const orders = await ordersIn(brokers, scene);
  const lostByKafka = [...acknowledged].flatMap(([topic, ids]) => {
    const form = scene.forms.find((each) => scene.orders[each] === topic);
    return [...ids].map((id) => `${form} ${id}`).filter((name) => !orders.has(name));
  });
  const changelogs = changelogsOf(scene);
  const written = [scene.invoices, scene.deadLetters, ...(changelogs === undefined ? [] : [changelogs.counts, changelogs.ids])];
  await transactionsEnd(brokers, written, PARTITIONS);
  const tally = new Tally();
  for (const message of await readAll(brokers, [scene.invoices], PARTITIONS)) tally.invoice(message);
  for (const message of await readAll(brokers, [scene.deadLetters], PARTITIONS)) tally.deadLetter(message, scene);
  const inTables = await tableFaults(brokers, scene, tally);
  return { ...tally.verdict(orders), inTables, lostByKafka };
}

/** The tables have every order once that was not set aside, whatever was sent twice. */
async function tableFaults(brokers: string, scene: Scene, tally: Tally): Promise<string[]> {
  const changelogs = changelogsOf(scene);
  if (changelogs === undefined) return [];
  const due = new Map<string, Set<string>>();
  for (const { key, value } of await readAll(brokers, [scene.orders.counted], PARTITIONS)) {
    const { id } = JSON.parse(value) as Order;
    if (!tally.isSetAside(`counted ${id}`)) due.set(key, (due.get(key) ?? new Set()).add(String(id)));
  }
  const [counts, ids] = [await readAll(brokers, [changelogs.counts], PARTITIONS), await readAll(brokers, [changelogs.ids], PARTITIONS)];
  return new CountedTables(counts, ids).faults(due);
}

/** How often each was sent. */
async function ordersIn(brokers: string, scene: Scene): Promise<Map<string, number>> {
  const names = new Map<string, number>();
  for (const form of scene.forms) {
    for (const { value } of await readAll(brokers, [scene.orders[form]], PARTITIONS))
      count(names, `${form} ${(JSON.parse(value) as Order).id}`);
  }
  return names;
}

class Tally {
  readonly #out = new Map<string, number>();
  readonly #aside = new Map<string, number>();
  readonly #newestOfKey = new Map<string, number>();
  readonly #outOfOrder: string[] = [];
  readonly #half: string[] = [];
  readonly #places = new Map<string, string>();
  /** By the event, what its outcomes say of tables. */
  readonly #outdated = new Map<string, string>();
  readonly #right = new Set<string>();
  #invoices = 0;
  #deadLetters = 0;

  invoice({ key, value, partition, offset }: PlainMessage): void {
    const { form, id, half, wrong } = JSON.parse(value) as Invoice;
    const name = `${form} ${id}`;
    if (half) {
      this.#half.push(`${name} at ${partition}@${offset}`);
      return;
    }
    if (wrong === undefined) this.#right.add(name);
    else this.#outdated.set(name, `${name}: ${wrong}`);
    this.#invoices += 1;
    this.#places.set(name, `${this.#places.get(name) ?? ''} ${partition}@${offset}`);
    const isFirst = count(this.#out, name) === 1;
    const lane = `${form} ${key}`;
    const newest = this.#newestOfKey.get(lane) ?? -1;
    if (isFirst && id < newest) this.#outOfOrder.push(`${name} at ${partition}@${offset} after ${newest}`);
    this.#newestOfKey.set(lane, Math.max(newest, id));
  }

  /** Dead letters lie under the topic of their order, which their header names; the value is the order's. */
  deadLetter({ value, source }: PlainMessage, scene: Scene): void {
    this.#deadLetters += 1;
    const form = scene.forms.find((each) => scene.orders[each] === source);
    count(this.#aside, `${form} ${(JSON.parse(value) as Order).id}`);
  }

  isSetAside(name: string): boolean {
    return this.#aside.has(name);
  }

  verdict(orders: ReadonlyMap<string, number>): Omit<Verdict, 'lostByKafka' | 'inTables'> {
    const times = (name: string) => (this.#out.get(name) ?? 0) + (this.#aside.get(name) ?? 0);
    const isMore = (name: string) => times(name) > (orders.get(name) ?? 0);
    const placed = (name: string) => `${name} at${this.#places.get(name) ?? ' no place'}`;
    return {
      ...{ orders: orders.size, invoices: this.#invoices, deadLetters: this.#deadLetters, half: this.#half, outOfOrder: this.#outOfOrder },
      sentAgain: [...orders].filter(([, sent]) => sent > 1).map(([name]) => name),
      lost: [...orders].filter(([name, sent]) => times(name) < sent).map(([name]) => name),
      repeated: [...new Set([...this.#out.keys(), ...this.#aside.keys()])].filter(isMore).map(placed),
      wronglySetAside: [...this.#aside.keys()].filter((name) => !alwaysFails(Number(name.split(' ')[1]))),
      outdated: [...this.#outdated.values()],
      outdatedOnly: [...this.#outdated].filter(([name]) => !this.#right.has(name)).map(([, said]) => said),
    };
  }
}

function count(counts: Map<string, number>, name: string): number {
  const times = (counts.get(name) ?? 0) + 1;
  counts.set(name, times);
  return times;
}

/** The promises that a verdict breaks, as sentences. */
export function brokenBy(verdict: Verdict, guarantee: Guarantee): string[] {
  const { lost, repeated, outOfOrder, wronglySetAside, half, inTables, outdated, outdatedOnly, lostByKafka } = verdict;
  const isExact = guarantee === 'exactly-once';
  return [
    ...some(lost, 'lost'),
    ...some(isExact ? repeated : [], 'repeated'),
    ...some(outOfOrder, 'out of order within their key'),
    ...some(wronglySetAside, 'set aside though they could be processed'),
    ...some(isExact ? half : [], 'seen though the try that sent them failed'),
    ...some(inTables, 'that tables have otherwise than they are'),
    // A worker that wakes goes by the tables that it had, and sends, until it hears that its partitions are gone; the next owner sends what is right.
    ...some(isExact ? outdated : outdatedOnly, 'whose outcomes go by tables that are not right'),
    ...some(lostByKafka, 'acknowledged by Kafka and gone from its topic (not the fault of a worker)'),
  ];
}

function some(names: readonly string[], what: string): string[] {
  return names.length === 0 ? [] : [`${names.length} events ${what}: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`];
}

/** Follows how far the group has come. */
export class Progress {
  readonly #brokers: string;
  readonly #scene: Scene;

  constructor(brokers: string, scene: Scene) {
    this.#brokers = brokers;
    this.#scene = scene;
  }

  /** Partitions whose committed offset is not at their end; all, when nobody can tell. */
  async behind(): Promise<string[]> {
    const consumer = await openConsumer(this.#brokers, this.#scene.app);
    try {
      const each = await Promise.all(this.#scene.forms.map((form) => this.#behind(consumer, form)));
      return each.flat();
    } finally {
      await close(consumer);
    }
  }

  async #behind(consumer: Awaited<ReturnType<typeof openConsumer>>, form: Form): Promise<string[]> {
    const topic = this.#scene.orders[form];
    const [done, end] = [await committed(consumer, topic, PARTITIONS), await ends(consumer, topic, PARTITIONS)];
    return end.flatMap((high, partition) =>
      Math.max(done[partition], 0) < high ? [`${form}[${partition}] ${done[partition]} of ${high}`] : [],
    );
  }
}
