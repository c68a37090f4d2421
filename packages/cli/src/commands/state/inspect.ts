import { StateError } from '@weir/core/internal/errors';
import { type SnapshotContent, snapshotContent, snapshotFiles } from '@weir/core/internal/snapshots';
import type { GlobalArguments } from '../../arguments/global-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import { age } from '../../printing/age.js';
import { table } from '../../printing/table.js';

interface InspectArguments extends GlobalArguments {
  readonly paths: readonly string[];
}

/** `weir state inspect`: what is in snapshots. Of those that cannot be read it is said why. */
export const inspected: Runner = {
  async run({ paths, json }: InspectArguments, { shell }: Surroundings): Promise<number> {
    const found: SnapshotContent[] = [];
    const faults: StateError[] = [];
    for (const file of snapshotFiles(paths)) {
      try {
        found.push(await snapshotContent(file));
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        faults.push(error);
      }
    }
    const now = shell.clock.now();
    if (json) shell.out.write(`${JSON.stringify(found.map(plain))}\n`);
    else if (found.length > 0)
      shell.out.write(
        table(
          shell.out,
          head,
          found.flatMap((each) => cellsOf(each, now)),
        ),
      );
    for (const { message } of faults) shell.err.write(`${message}\n`);
    return faults.length === 0 ? done : failed;
  },
};

function plain({ tables, ...snapshot }: SnapshotContent) {
  return {
    ...snapshot,
    tables: tables.map(({ name, topic, partition, note: { position, topicId = null, seenAt }, keys, bytes }) => ({
      ...{ name, topic, partition, position, topicId, seenAt, keys, bytes },
    })),
  };
}

const head = ['snapshot', 'format', 'app', 'table', 'topic', 'partition', 'position', 'keys', 'bytes', 'age'];

function cellsOf({ file, format, group, tables }: SnapshotContent, now: number): (string | number)[][] {
  return tables.map(({ name, topic, partition, note: { position, seenAt }, keys, bytes }) => [
    ...[file, format, group, name, topic, partition, position, keys, bytes],
    age(now - seenAt),
  ]);
}
