import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { countingLoop, exactCounter, levelCounter, memoryCounter } from './contestants/counting.js';
import type { Contestant } from './contestants/index.js';
import type { Place, Say } from './further.js';
import { timedTopic } from './kafka/topics.js';
import { writeViews } from './kafka/views.js';
import type { Extent } from './options.js';
import type { Pipeline } from './pipelines/index.js';
import { type PipelineRow, pipelineRow } from './report/pipelines.js';
import { type CountingRow, countingRow, type RecoveryRow, recoveryRow } from './report/state.js';
import { inRounds } from './rounds.js';
import { counting } from './scenarios/counting.js';
import { type PipelineSample, throughPipeline } from './scenarios/pipelines.js';
import { type Disk, Recoverable } from './scenarios/recovery.js';

/** Events of many keys are counted in a table. */
export async function runCounting(
  contestants: readonly Contestant[],
  { messages, rounds, keys: most }: Extent & { readonly keys: number },
  { brokers, topics, id }: Place,
  say: Say,
): Promise<CountingRow[]> {
  if (contestants.length === 0) return [];
  const keys = Math.min(most, messages);
  const input = `views-${id}`;
  await topics.create(input);
  say(`writing ${messages} events of ${keys} keys`);
  await writeViews(brokers, input, messages, keys);
  const series = await inRounds(contestants, rounds, (contestant, round) =>
    inFolder(async (datadir) => {
      const sample = await counting(contestant, { brokers, topics, input, messages, keys, datadir, run: `${id}-${round}` });
      say(`round ${round + 1} of ${rounds}  ${contestant.title.padEnd(44)} ${figuresOf(sample)}`);
      return sample;
    }),
  );
  await topics.delete(input);
  const loop = series.find(({ contestant }) => contestant.name === countingLoop.name)?.samples ?? [];
  return series.map((each) => countingRow(each, loop, messages, keys));
}

/** A table is recovered: from its changelog, and from the disk where it is kept there. */
export async function runRecovery(
  contestants: readonly Contestant[],
  { keys, rounds }: { readonly keys: number; readonly rounds: number },
  place: Place,
  say: Say,
): Promise<RecoveryRow[]> {
  const rows: RecoveryRow[] = [];
  for (const contestant of contestants.filter((each) => each !== countingLoop)) {
    await inFolder(async (datadir) => {
      say(`${contestant.title} counts ${keys} keys`);
      const { brokers, topics, id } = place;
      const filled = await Recoverable.fill(contestant, { brokers, topics, datadir, run: id, keys });
      if (contestant === levelCounter) await filled.export();
      const series = await inRounds(disksOf(contestant), rounds, async (disk, round) => {
        const sample = await filled.recover(disk);
        const before = sample.importSeconds === undefined ? '' : `, after an import of ${sample.importSeconds.toFixed(2)} s`;
        const figures = `${sample.seconds.toFixed(2)} s to the first result${before}, ${sample.peakRssMb.toFixed(0)} MB`;
        say(`round ${round + 1} of ${rounds}  ${contestant.title.padEnd(44)} ${disk} ${figures}`);
        return sample;
      });
      await filled.delete();
      rows.push(...series.map(({ contestant: disk, samples }) => recoveryRow(contestant, disk, samples, keys)));
    });
  }
  return rows;
}

function disksOf(contestant: Contestant): readonly Disk[] {
  if (contestant === memoryCounter) return ['cold'];
  if (contestant === exactCounter) return ['killed'];
  return contestant === levelCounter ? ['cold', 'warm', 'killed', 'imported'] : ['cold', 'warm', 'killed'];
}

/** Events go through contestants that keep state. */
export async function runPipeline(
  pipeline: Pipeline,
  contestants: readonly Contestant[],
  { messages: events, rounds }: Extent,
  { brokers, topics, id }: Place,
  say: Say,
): Promise<PipelineRow[]> {
  const inputs = Array.from({ length: pipeline.inputs }, (_, index) => `${pipeline.scenario}-${index}-${id}`);
  for (const input of inputs) await topics.create(input, undefined, timedTopic);
  say(`writing ${events} ${pipeline.unit}`);
  await pipeline.write(brokers, inputs, events);
  const series = await inRounds(contestants, rounds, (contestant, round) =>
    inFolder(async (datadir) => {
      const sample = await throughPipeline(pipeline, contestant, { brokers, topics, inputs, events, datadir, run: `${id}-${round}` });
      say(`round ${round + 1} of ${rounds}  ${contestant.title.padEnd(44)} ${figuresOf(sample)}`);
      return sample;
    }),
  );
  for (const input of inputs) await topics.delete(input);
  const streams = series.find(({ contestant }) => contestant.name === pipeline.peer.name)?.samples ?? [];
  return series.map((each) => pipelineRow(pipeline, each, streams, events));
}

function figuresOf({ eventsPerSecond, cpuMicrosPerEvent, peakRssMb }: PipelineSample): string {
  return `${Math.round(eventsPerSecond)}/s  ${cpuMicrosPerEvent.toFixed(1)} µs CPU  ${peakRssMb.toFixed(0)} MB`;
}

/** What is recovered of ours. The guarantee makes a difference after a kill only: exactly once it leaves a transaction open. */
export const recovered: readonly Contestant[] = [levelCounter, exactCounter, memoryCounter];

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-bench-'));
  try {
    return await run(path.join(folder, 'data'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
