import { type ExportedSnapshot, exportState } from '@weir/core/internal/app';
import { groupOf } from '@weir/core/internal/topology';
import type { AppArguments } from '../../arguments/app-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { warnOfVariables } from '../../connect.js';
import { done, failed } from '../../failure.js';
import { askedState } from './asked.js';
import { withProgress } from './progress.js';

interface ExportArguments extends AppArguments {
  readonly folder: string;
}

/** `weir state export`: what this machine keeps of tables, as files. */
export const exported: Runner = {
  async run(given: ExportArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    warnOfVariables(given, around);
    const asked = await askedState(given, around);
    const snapshots = await withProgress(given, shell, 'exporting', (told) => exportState(asked, given.folder, told));
    if (given.json) shell.out.write(`${JSON.stringify(snapshots.map(plain))}\n`);
    else for (const snapshot of snapshots) shell.out.write(`${described(snapshot)}\n`);
    if (snapshots.length > 0) return done;
    shell.err.write(`nothing to export: no worker of ${groupOf(asked.app)} has kept tables in ${asked.app.datadir}\n`);
    return failed;
  },
};

/** For JSON. */
export function plain({ file, store, tables }: ExportedSnapshot) {
  return {
    file,
    store,
    tables: tables.map(({ name, topic, partition, note: { position } }) => ({ name, topic, partition, position })),
  };
}

/** On a line. */
export function described({ file, tables }: ExportedSnapshot): string {
  return `${file}: ${tables.map(({ name, partition, note }) => `${name}[${partition}] up to ${note.position}`).join(', ')}`;
}
