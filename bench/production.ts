import type { Contestant } from './contestants/index.js';
import type { Place, Say } from './further.js';
import { writeOrders } from './kafka/orders.js';
import type { Extent } from './options.js';
import { type ProcessesRow, processesRows } from './report/processes.js';
import { type Entry, type ShapeRow, shapeRows } from './report/shapes.js';
import { inRounds } from './rounds.js';
import { processes } from './scenarios/processes.js';
import { type Shape, shapes } from './scenarios/shapes.js';
import { throughput } from './scenarios/throughput.js';

/** The same work over input of different shapes, each beside the loop. */
export async function runShapes(
  contestants: readonly Contestant[],
  { messages, rounds }: Extent,
  { brokers, topics, id }: Place,
  say: Say,
): Promise<ShapeRow[]> {
  if (contestants.length === 0) return [];
  const inputs = new Map<Shape, readonly string[]>();
  const countOf = ({ fewer = 1 }: Shape) => Math.max(1, Math.round(messages / fewer));
  for (const shape of shapes) {
    const names = Array.from({ length: shape.topics ?? 1 }, (_, index) => `shape-${shape.name}-${index}-${id}`);
    say(`writing ${countOf(shape)} messages: ${shape.title}`);
    await Promise.all(names.map((name) => topics.create(name, shape.partitions, shape.config)));
    await writeOrders(brokers, names, countOf(shape), shape.writing);
    inputs.set(shape, names);
  }
  const entries = shapes.flatMap((shape) => contestants.map((contestant): Entry => ({ shape, contestant })));
  const series = await inRounds(entries, rounds, async ({ shape, contestant }, round) => {
    const sample = await throughput(contestant, {
      ...{ brokers, topics, inputs: inputs.get(shape) as readonly string[], messages: countOf(shape), run: `${shape.name}-${id}-${round}` },
      ...{ inputPartitions: shape.partitions, outputPartitions: shape.outputPartitions, properties: shape.properties },
    });
    const figures = `${Math.round(sample.eventsPerSecond)}/s  ${sample.peakRssMb.toFixed(0)} MB`;
    say(`round ${round + 1} of ${rounds}  ${shape.title.padEnd(30)} ${contestant.title.padEnd(34)} ${figures}`);
    return sample;
  });
  for (const name of [...inputs.values()].flat()) await topics.delete(name);
  return shapeRows(series, countOf);
}

/** One contestant as one process, and as two that share its partitions. */
export async function runProcesses(
  contestants: readonly Contestant[],
  { messages, rounds }: Extent,
  { brokers, topics, id }: Place,
  say: Say,
): Promise<ProcessesRow[]> {
  const rows: ProcessesRow[] = [];
  for (const contestant of contestants) {
    const series = await inRounds([1, 2], rounds, async (count, round) => {
      const run = `${contestant.name}-${id}-${round}`;
      const sample = await processes(contestant, { brokers, topics, processes: count, messages, run });
      const { eventsPerSecond, warmEventsPerSecond } = sample;
      say(
        `round ${round + 1} of ${rounds}  ${contestant.title.padEnd(34)} ${count} ${count === 1 ? 'process' : 'processes'} ${Math.round(eventsPerSecond)}/s, warm ${Math.round(warmEventsPerSecond)}/s`,
      );
      return sample;
    });
    rows.push(...processesRows(contestant, series, messages));
  }
  return rows;
}
