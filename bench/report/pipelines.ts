import type { Pipeline } from '../pipelines/index.js';
import type { Series } from '../rounds.js';
import type { PipelineSample } from '../scenarios/pipelines.js';
import { type EventFigures, eventFigures } from './figures.js';
import { of, places } from './statistics.js';

/** The ratios are those to Kafka Streams. */
export interface PipelineRow extends EventFigures {
  readonly scenario: Pipeline['scenario'];
  readonly contestant: string;
  readonly title: string;
  readonly cpuMicrosPerEvent: number | null;
  readonly events: number;
  readonly unit: string;
  readonly rounds: number;
}

export function pipelineRow(
  { scenario, unit }: Pipeline,
  { contestant, samples }: Series<PipelineSample>,
  streams: readonly PipelineSample[],
  events: number,
): PipelineRow {
  return {
    ...{ scenario, contestant: contestant.name, title: contestant.title },
    ...eventFigures(samples, streams),
    cpuMicrosPerEvent: places(of(samples, 'cpuMicrosPerEvent').median, 2),
    ...{ events, unit, rounds: samples.length },
  };
}
