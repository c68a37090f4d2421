import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartedKafka, startKafka } from '../../scripts/kafka.mjs';
import { createTopics } from './clients.js';
import { Faults } from './faults.js';
import { Feed, writeRates } from './feed.js';
import { Fleet } from './fleet.js';
import { brokenBy, judge, Progress, type Verdict } from './judge.js';
import type { ChaosOptions } from './options.js';
import { planOf } from './plan.js';
import type { Report } from './report.js';
import { PARTITIONS, type Scene, sceneOf } from './scene.js';
import { Watch } from './watch.js';
import type { WorkerSettings } from './worker.js';

/** Nothing comes out for so long, though brokers and workers are there: that is a stall. */
const stallMs = 60_000;
const firstMs = 60_000;
const sessionMs = 6_000;
const lookMs = 250;
/** How often it is said how far the end is. */
const sayMs = 5_000;

/** Everything that takes part in a run. */
interface Cast {
  readonly options: ChaosOptions;
  readonly scene: Scene;
  readonly kafka: StartedKafka;
  readonly feed: Feed;
  readonly watch: Watch;
  readonly fleet: Fleet;
  readonly faults: Faults;
  readonly say: (line: string) => void;
}

/** One chaos run on a Kafka of its own, from the start of the brokers to the verdict. */
export async function run(options: ChaosOptions, say: (line: string) => void): Promise<Report> {
  const kafka = await startKafka({ nodes: options.nodes });
  try {
    return await onKafka(options, kafka, say);
  } finally {
    await kafka.stop();
  }
}

async function onKafka(options: ChaosOptions, kafka: StartedKafka, say: (line: string) => void): Promise<Report> {
  const { brokers } = kafka;
  const scene = sceneOf(options);
  const topics = [...new Set(Object.values(scene.orders)), scene.invoices, scene.deadLetters, scene.rates];
  await createTopics(brokers, topics, PARTITIONS, Math.min(options.nodes, 3));
  await writeRates(brokers, scene);
  const fleet = new Fleet({
    ...{ brokers, isNamed: options.members === 'named', max: options.workers },
    settings: {
      ...scene,
      guarantee: options.guarantee,
      protocol: options.protocol,
      session: sessionMs,
      fast: options.rate === 0,
      ...tablesOf(options),
    },
    folder: options.keep ?? join(tmpdir(), scene.app),
  });
  const feed = await Feed.open(brokers, scene);
  const watch = await Watch.open(brokers, scene);
  const begun = Date.now();
  try {
    const faults = new Faults(kafka, options.nodes, fleet, watch, Math.min(2, options.workers));
    const cast: Cast = { options, scene, kafka, feed, watch, fleet, faults, say };
    const stalled = (await play(cast)) ?? (await finish(cast));
    const verdict = stalled === undefined ? await judge(brokers, scene, feed.acknowledged) : undefined;
    return report(cast, Math.round((Date.now() - begun) / 1_000), stalled, verdict);
  } finally {
    await fleet.close();
    await watch.close();
    await feed.close();
  }
}

function tablesOf({ store, copies }: ChaosOptions): Pick<WorkerSettings, 'store' | 'copies'> {
  return { store: `${store}://`, copies };
}

/** Carries out the schedule. Gives what stood still, if something did. */
async function play(cast: Cast): Promise<string | undefined> {
  const { options, feed, watch, fleet, faults, say } = cast;
  for (let at = 0; at < Math.min(2, options.workers); at++) fleet.join();
  feed.start(options.rate, options.events);
  if (!(await until(() => watch.allFlow, firstMs))) return `nothing came out at first. ${silence(cast, 0)}`;
  say(`seed ${options.seed}: everything flows`);
  const begun = Date.now();
  const plan = planOf(options);
  const isOver = () =>
    options.events === undefined ? Date.now() - begun > options.minutes * 60_000 : watch.seen >= options.events || plan.length === 0;
  while (!isOver()) {
    while (plan.length > 0 && plan[0].atMs <= Date.now() - begun) {
      const step = plan.shift();
      if (step === undefined) break;
      say(`${((Date.now() - begun) / 1_000).toFixed(1).padStart(6)} s  ${step.fault.padEnd(24)} ${soFar(cast)}`);
      faults.begin(step);
    }
    const since = Math.max(begun, faults.majoritySince, fleet.oldestSince ?? Number.POSITIVE_INFINITY);
    const silent = options.events === undefined && Date.now() - since > stallMs ? watch.silentSince(Date.now() - stallMs) : [];
    if (silent.length > 0) return silence(cast, stallMs);
    await sleep(50);
  }
  return undefined;
}

/** Heals everything, lets the group come to the end of its work, and stops it. */
async function finish(cast: Cast): Promise<string | undefined> {
  const { kafka, scene, feed, fleet, faults, watch, say } = cast;
  await faults.settled();
  say('no more faults; coming to the end');
  while (fleet.size < 2 && fleet.join() !== undefined);
  await feed.stop(60_000);
  const progress = new Progress(kafka.brokers, scene);
  let seen = watch.seen;
  let behind: string[] = ['not known'];
  for (let [last, said] = [Date.now(), Date.now()]; behind.length > 0; ) {
    if (Date.now() - said > sayMs) {
      said = Date.now();
      say(`        ${soFar(cast)}; behind: ${behind.join(', ')}`);
    }
    if (watch.seen > seen) last = Date.now();
    seen = watch.seen;
    if (Date.now() - last > stallMs) return `the group did not come to the end: ${behind.join(', ')}\n${fleet.lastWords()}`;
    await sleep(lookMs);
    behind = await progress.behind().catch((error: Error) => [error.message]);
  }
  await fleet.stopAll();
  return undefined;
}

/** How far it has come. An order of a topic that two agents read has two outcomes; one that was not acknowledged may have some too. */
function soFar({ options, feed, watch }: Cast): string {
  const orders =
    options.events === undefined ? `${feed.count} orders acknowledged` : `${feed.count} of ${options.events} orders acknowledged`;
  return `${orders}, ${watch.seen} outcomes`;
}

function silence({ watch, fleet }: Cast, ms: number): string {
  const silent = watch.silentSince(Date.now() - ms);
  return `nothing came out of ${silent.join(', ')} for ${ms / 1_000} s\n${fleet.lastWords()}`;
}

function report(cast: Cast, seconds: number, stalled: string | undefined, verdict: Verdict | undefined): Report {
  const { options, fleet, faults, watch, feed } = cast;
  const crashed = fleet.endedByItself.filter(({ code, last }) => code !== 1 || !/the worker stops|"level":60|error:/.test(last));
  const broken = [
    ...(stalled === undefined ? [] : [`stalled: ${stalled}`]),
    ...(verdict === undefined ? [] : brokenBy(verdict, options.guarantee)),
    ...crashed.map(
      ({ worker, code, signal, last }) => `worker ${worker} ended with ${signal ?? code}, without a reason of its own:\n${last}`,
    ),
    ...fleet.badStops.map(
      ({ worker, code, signal, last }) => `worker ${worker} was told to stop and ended with ${signal ?? code}:\n${last}`,
    ),
    ...(feed.underWay > 0 ? [`Kafka has not answered for ${feed.underWay} orders (not the fault of a worker)`] : []),
  ];
  return {
    ...{ options, seconds, started: fleet.startedInAll, verdict, broken },
    ...{ faults: Object.fromEntries(faults.done), recoveries: watch.recoveries, endedByItself: fleet.endedByItself },
  };
}

async function until(isTrue: () => boolean, limitMs: number): Promise<boolean> {
  for (const limit = Date.now() + limitMs; !isTrue(); await sleep(50)) if (Date.now() > limit) return false;
  return true;
}
