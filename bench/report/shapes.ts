import { baseline, type Contestant } from '../contestants/index.js';
import type { Series } from '../rounds.js';
import { type Shape, usual } from '../scenarios/shapes.js';
import type { ThroughputSample } from '../scenarios/throughput.js';
import { orderOf } from '../work/order.js';
import { of, places, ratio } from './statistics.js';

/** A contestant on input of a shape. */
export interface Entry {
  readonly shape: Shape;
  readonly contestant: Contestant;
}

export interface ShapeRow {
  readonly scenario: 'shapes';
  readonly shape: string;
  readonly shapeTitle: string;
  readonly contestant: string;
  readonly title: string;
  readonly eventsPerSecond: number;
  readonly eventsPerSecondMin: number;
  readonly eventsPerSecondMax: number;
  /** Of input, before it is compressed: keys and headers are left out. */
  readonly megabytesPerSecond: number;
  /** To the loop on the same shape in the same round, the median of the rounds. Null when the loop did not run. */
  readonly ratio: number | null;
  readonly ratioMin: number | null;
  readonly ratioMax: number | null;
  readonly cpuRatio: number | null;
  /** To the same contestant on the usual shape, in events; in bytes where the messages are of another size. */
  readonly usualRatio: number | null;
  readonly peakRssMb: number | null;
  readonly messages: number;
  readonly rounds: number;
}

export function shapeRows(series: readonly Series<ThroughputSample, Entry>[], countOf: (shape: Shape) => number): ShapeRow[] {
  const samplesOf = (shape: Shape, name: string) =>
    series.find(({ contestant }) => contestant.shape === shape && contestant.contestant.name === name)?.samples ?? [];
  return series.map(({ contestant: { shape, contestant }, samples }) => {
    const messages = countOf(shape);
    const bytes = bytesOf(shape, messages);
    const events = of(samples, 'eventsPerSecond');
    const loop = samplesOf(shape, baseline.name);
    const ratios = ratio(samples, loop, 'eventsPerSecond');
    const toUsual = ratio(samples, samplesOf(usual, contestant.name), 'eventsPerSecond')?.median;
    const isResized = shape.writing?.noteBytes !== undefined;
    return {
      scenario: 'shapes',
      shape: shape.name,
      shapeTitle: shape.title,
      contestant: contestant.name,
      title: contestant.title,
      eventsPerSecond: Math.round(events.median),
      eventsPerSecondMin: Math.round(events.min),
      eventsPerSecondMax: Math.round(events.max),
      megabytesPerSecond: places((events.median * bytes) / 1e6, 1) as number,
      ratio: places(ratios?.median, 3),
      ratioMin: places(ratios?.min, 3),
      ratioMax: places(ratios?.max, 3),
      cpuRatio: places(ratio(samples, loop, 'cpuMicrosPerEvent')?.median, 3),
      usualRatio: places(toUsual && (isResized ? (toUsual * bytes) / bytesOf(usual, messages) : toUsual), 3),
      peakRssMb: places(of(samples, 'peakRssMb').median, 0),
      messages,
      rounds: samples.length,
    };
  });
}

/** Of the value of a message, on average. */
function bytesOf({ writing }: Shape, messages: number): number {
  const looks = Math.min(messages, 1_000);
  let sum = 0;
  for (let id = 0; id < looks; id++) {
    const { note } = orderOf(id);
    sum += JSON.stringify(orderOf(id)).length + (writing?.noteBytes === undefined ? 0 : writing.noteBytes - note.length);
  }
  return sum / looks;
}
