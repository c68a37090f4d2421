import { mergeOptions, tracesOf } from '@weir/core/internal/app';
import { discover } from '@weir/core/internal/discovery';
import { deadLetterTopic } from '@weir/core/internal/letters';
import { delayedTopic } from '@weir/core/internal/topics';
import { groupOf } from '@weir/core/internal/topology';
import { overridesOf } from '../arguments/app-options.js';
import type { Runner, Surroundings } from '../command.js';
import { connected, describeApp } from '../connect.js';
import { needApp } from '../loading/load-app.js';
import { type DeletingArguments, deleteTraces, isAsked } from './deleting.js';

/** `weir reset`: the app begins anew, as if it had never run. */
export const reset: Runner = {
  async run(given: DeletingArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    isAsked(given, shell);
    const appClass = await needApp(given, around);
    const discovery = discover(appClass);
    const app = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
    return connected(given, { ...around, appClass }, async ({ transport }) => {
      const traces = await tracesOf(describeApp(discovery, app), app, transport);
      return deleteTraces(given, shell, [traces], transport, {
        nothing: `nothing to delete: the app has no group ${groupOf(app)}, no topics and no stores here`,
        stays: `What the app reads and what it has sent stays, also what waits in ${delayedTopic(app.id)} for its time, and so do its dead letters (${deadLetterTopic(app.id)}).`,
        question: 'delete this, and have the app read everything anew?',
      });
    });
  },
};
