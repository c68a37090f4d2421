import { baseline, type Contestant } from '../contestants/index.js';
import type { Series } from '../rounds.js';
import { type Shape, usual } from '../scenarios/shapes.js';
import type { ThroughputSample } from '../scenarios/throughput.js';
import { orderOf } from '../work/order.js';
import { type EventFigures, eventFigures } from './figures.js';
import { of, places, ratio } from './statistics.js';

/** A contestant on input of a shape. */
export interface Entry {
  readonly shape: Shape;
  readonly contestant: Contestant;
}

/** `ratio` is to the loop on the same shape. */
export interface ShapeRow extends EventFigures {
  readonly scenario: 'shapes';
  readonly shape: string;
  readonly shapeTitle: string;
  readonly contestant: string;
  readonly title: string;
  /** Of input, before it is compressed: keys and headers are left out. */
  readonly megabytesPerSecond: number;
  /** To the same contestant on the usual shape, in events; in bytes where the messages are of another size. */
  readonly usualRatio: number | null;
  readonly messages: number;
  readonly rounds: number;
}

export function shapeRows(series: readonly Series<ThroughputSample, Entry>[], countOf: (shape: Shape) => number): ShapeRow[] {
  const samplesOf = (shape: Shape, name: string) =>
    series.find(({ contestant }) => contestant.shape === shape && contestant.contestant.name === name)?.samples ?? [];
  return series.map(({ contestant: { shape, contestant }, samples }) => {
    const messages = countOf(shape);
    const bytes = bytesOf(shape, messages);
    const loop = samplesOf(shape, baseline.name);
    const toUsual = ratio(samples, samplesOf(usual, contestant.name), 'eventsPerSecond')?.median;
    const isResized = shape.writing?.noteBytes !== undefined;
    return {
      scenario: 'shapes',
      shape: shape.name,
      shapeTitle: shape.title,
      contestant: contestant.name,
      title: contestant.title,
      ...eventFigures(samples, loop),
      megabytesPerSecond: places((of(samples, 'eventsPerSecond').median * bytes) / 1e6, 1) as number,
      usualRatio: places(toUsual && (isResized ? (toUsual * bytes) / bytesOf(usual, messages) : toUsual), 3),
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
