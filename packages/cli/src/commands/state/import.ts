import { importState } from '@weir/core/internal/app';
import { snapshotFiles } from '@weir/core/internal/snapshots';
import type { AppArguments } from '../../arguments/app-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { connected } from '../../connect.js';
import { done } from '../../failure.js';
import { needApp } from '../../loading/load-app.js';
import { askedState } from './asked.js';
import { described, plain } from './export.js';
import { withProgress } from './progress.js';

interface ImportArguments extends AppArguments {
  readonly paths: readonly string[];
}

/** `weir state import`: the next worker here begins with what the snapshots have. */
export const imported: Runner = {
  async run(given: ImportArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    const appClass = await needApp(given, around);
    const asked = await askedState(given, { ...around, appClass });
    const files = snapshotFiles(given.paths);
    return connected(given, { ...around, appClass }, async ({ transport }) => {
      const work = (told: (entries: number) => void) => importState(asked, files, transport, told);
      const snapshots = await withProgress(given, shell, 'importing', work);
      if (given.json) shell.out.write(`${JSON.stringify(snapshots.map((each) => ({ ...plain(each), became: each.became })))}\n`);
      else for (const each of snapshots) shell.out.write(`${each.became} ${described(each)}${why[each.became]}\n`);
      return done;
    });
  },
};

const why = { imported: '', kept: ': what is here is as new' } as const;
