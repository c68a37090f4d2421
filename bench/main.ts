// The benchmarks against the Kafka at KAFKA_BROKERS: `npm run bench` starts one and runs this.
import { ofCheckout } from './contestants/against.js';
import { counters, streamsCounter } from './contestants/counting.js';
import { baseline, type Contestant, contestants, prepare, profiled } from './contestants/index.js';
import { type Place, runBacklog, runConcurrency, runStartup } from './further.js';
import { writeOrders } from './kafka/orders.js';
import { TopicKeeper } from './kafka/topics.js';
import { type Options, optionsOf, usage } from './options.js';
import { pipelines } from './pipelines/index.js';
import { runProcesses, runShapes } from './production.js';
import { describe, machine } from './report/machine.js';
import { writeResults } from './report/results.js';
import { againstRow, latencyRow, type Row, throughputRow } from './report/rows.js';
import { tables } from './report/sections.js';
import { inRounds, type Series } from './rounds.js';
import { latency } from './scenarios/latency.js';
import { throughput } from './scenarios/throughput.js';
import { recovered, runCounting, runPipeline, runRecovery } from './state.js';

const countedKeys = 100_000;
const recoveredKeys = 1_000_000;

const say = (line: string) => console.error(line);

async function runThroughput(
  { messages, rounds, throughput: names, profile, against }: Options,
  { brokers, topics, id }: Place,
): Promise<Row[]> {
  if (names.length === 0) return [];
  const ours = chosen(names, profile);
  const others = new Map(ours.map((contestant) => [contestant, against === undefined ? undefined : ofCheckout(contestant, against)]));
  const input = `orders-${id}`;
  await topics.create(input);
  say(`writing ${messages} messages`);
  await writeOrders(brokers, [input], messages);
  const all = ours.flatMap((contestant) => {
    const other = others.get(contestant);
    return other === undefined ? [contestant] : [contestant, other];
  });
  const series = await inRounds(all, rounds, async (contestant, round) => {
    const sample = await throughput(contestant, { brokers, topics, inputs: [input], messages, run: `${id}-${round}` });
    const { eventsPerSecond, cpuMicrosPerEvent, peakRssMb } = sample;
    say(
      `round ${round + 1} of ${rounds}  ${contestant.title.padEnd(34)} ${Math.round(eventsPerSecond)}/s  ` +
        `${cpuMicrosPerEvent.toFixed(1)} µs CPU  ${peakRssMb.toFixed(0)} MB`,
    );
    return sample;
  });
  await topics.delete(input);
  const loop = samplesOf(series);
  const compared = series.flatMap((each) => {
    const other = series.find(({ contestant }) => contestant === others.get(each.contestant));
    return other === undefined ? [] : [againstRow(each, other, messages)];
  });
  return [...series.map((each) => throughputRow(each, loop, messages)), ...compared];
}

async function runLatency(
  { rates, seconds, latencyRounds, latency: names, profile, kafka: properties }: Options,
  { brokers, topics, id }: Place,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const rate of names.length === 0 ? [] : rates) {
    const task = { brokers, topics, rate, seconds, properties };
    const measured = chosen(names, profile);
    // A broker that has just started is slow for its first half minute.
    say(`warming up, ${rate}/s`);
    if (measured.length > 0) await latency(measured[0], { ...task, run: `${id}-${rate}-before` });
    const series = await inRounds(measured, latencyRounds, async (contestant, round) => {
      const sample = await latency(contestant, { ...task, run: `${id}-${rate}-${round}` });
      const { p50, p99, p999, produce, fetch } = sample;
      say(
        `round ${round + 1} of ${latencyRounds}, ${rate}/s  ${contestant.title.padEnd(34)} ` +
          `p50 ${p50.toFixed(1)}  p99 ${p99.toFixed(1)}  p99.9 ${p999.toFixed(1)} ms  ` +
          `produce ${produce.toFixed(0)}/s  fetch ${fetch.toFixed(0)}/s`,
      );
      return sample;
    });
    const loop = samplesOf(series);
    rows.push(...series.map((each) => latencyRow(each, loop, rate)));
  }
  return rows;
}

async function runState({ messages, rounds, keys, peers, counting, recovery, profile }: Options, place: Place): Promise<Row[]> {
  if (peers && (counting || recovery)) streamsCounter.prepare();
  const others = peers ? [streamsCounter] : [];
  const extent = { messages, rounds: Math.min(3, rounds) };
  return [
    ...(counting
      ? await runCounting(profiledAll([...counters, ...others], profile), { ...extent, keys: keys ?? countedKeys }, place, say)
      : []),
    ...(recovery ? await runRecovery([...recovered, ...others], { keys: keys ?? recoveredKeys, rounds: extent.rounds }, place, say) : []),
  ];
}

async function runPipelines({ rounds, peers, pipelines: names, pipelineEvents, profile }: Options, place: Place): Promise<Row[]> {
  const rows: Row[] = [];
  if (peers && names.length > 0) streamsCounter.prepare();
  for (const pipeline of pipelines.filter(({ scenario }) => names.includes(scenario))) {
    const extent = { messages: pipelineEvents ?? pipeline.events, rounds: Math.min(3, rounds) };
    const contestants = profiledAll([...pipeline.contestants, ...(peers ? [pipeline.peer] : [])], profile);
    rows.push(...(await runPipeline(pipeline, contestants, extent, place, say)));
  }
  return rows;
}

function chosen(names: readonly string[], profile: string | undefined): Contestant[] {
  const named = contestants.filter(({ name }) => names.includes(name));
  return profiledAll(named, profile);
}

function profiledAll(all: readonly Contestant[], profile: string | undefined): Contestant[] {
  return profile === undefined ? [...all] : all.map((contestant) => profiled(contestant, profile));
}

function samplesOf<S>(series: readonly Series<S>[]): readonly S[] {
  return series.find(({ contestant }) => contestant.name === baseline.name)?.samples ?? [];
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  // Only a process that exits takes its contestants with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const on = machine();
  say(describe(on));
  if (on.isBusy) say('warning: the machine is busy with something else; figures will be low and far apart');
  const brokers = process.env.KAFKA_BROKERS ?? '127.0.0.1:9092';
  const topics = new TopicKeeper(brokers);
  prepare([...options.throughput, ...options.latency, ...options.startup, ...options.processes], say);
  const place = { brokers, topics, id: Date.now().toString(36) };
  try {
    const rows = [
      ...(await runThroughput(options, place)),
      ...(await runLatency(options, place)),
      ...(options.concurrency ? await runConcurrency(place, say) : []),
      ...(options.backlog ? await runBacklog(place, say) : []),
      ...(await runStartup(chosen(options.startup, options.profile), baseline, place, say)),
      ...(await runShapes(chosen(options.shapes, options.profile), options.shape, place, say)),
      ...(await runProcesses(chosen(options.processes, options.profile), options.process, place, say)),
      ...(await runState(options, place)),
      ...(await runPipelines(options, place)),
    ];
    if (options.isKept) writeResults(rows, on);
    console.log(options.json ? JSON.stringify(rows, undefined, 2) : `\n${tables(rows)}`);
  } finally {
    topics.close();
  }
}

if (process.argv.includes('--help')) console.log(usage);
else {
  await main().catch((error: Error) => {
    console.error(`bench: ${error.message}`);
    process.exit(1);
  });
}
