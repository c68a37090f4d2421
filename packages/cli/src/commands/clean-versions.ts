import { type AppTraces, internalTopics, mergeOptions, tracesOf } from '@weir/core/internal/app';
import { type Discovery, discover } from '@weir/core/internal/discovery';
import { type AppOptions, groupOf } from '@weir/core/internal/topology';
import type { Transport } from '@weir/core/internal/transport';
import { overridesOf } from '../arguments/app-options.js';
import { UsageError } from '../arguments/usage.js';
import type { Runner, Surroundings } from '../command.js';
import { connected, describeApp } from '../connect.js';
import { needApp } from '../loading/load-app.js';
import { type DeletingArguments, deleteTraces, isAsked } from './deleting.js';

interface CleanArguments extends DeletingArguments {
  readonly versions?: readonly string[];
  readonly topic?: readonly string[];
}

type App = AppOptions & { readonly datadir: string };

/** `weir clean-versions`: what earlier versions of the app have left is deleted. */
export const cleanVersions: Runner = {
  async run(given: CleanArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    isAsked(given, shell);
    const appClass = await needApp(given, around);
    const discovery = discover(appClass);
    const app = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
    const versions = earlier(app, given.versions ?? []);
    return connected(given, { ...around, appClass }, async ({ transport }) => {
      const found = await traces(discovery, app, versions, given.topic ?? [], transport);
      const others = found.flatMap((each) => each.others);
      if (others.length > 0 && !given.quiet)
        shell.err.write(
          `left alone, for the app declares nothing of these names now: ${others.join(', ')}. Name those that are its own with --topic\n`,
        );
      return deleteTraces(given, shell, found, transport, {
        nothing: `nothing to delete: version${versions.length === 1 ? '' : 's'} ${versions.join(', ') || 'before this one'} of ${app.id} left nothing here`,
        stays: `Version ${app.version ?? 1} is left alone, and so are the topics that the app reads or has sent to, and its dead letters.`,
        question: `delete what version ${versions.join(', ')} left?`,
      });
    });
  },
};

/** @throws UsageError for one that is not before that of the app */
function earlier({ version = 1 }: App, asked: readonly string[]): readonly number[] {
  if (asked.length === 0) return Array.from({ length: version - 1 }, (_, index) => index + 1);
  return asked.map((text) => {
    const each = Number(text);
    if (Number.isInteger(each) && each >= 1 && each < version) return each;
    const which = version === 1 ? 'it has none before it' : `earlier ones are 1 to ${version - 1}`;
    throw new UsageError(
      `${text} is no earlier version: the app has version ${version}, and ${which}. \`weir reset\` deletes what the version of today has kept`,
    );
  });
}

interface VersionTraces extends AppTraces {
  /** Internal topics that may be of the version, and that the app does not declare. */
  readonly others: readonly string[];
}

async function traces(
  discovery: Discovery,
  app: App,
  versions: readonly number[],
  named: readonly string[],
  transport: Transport,
): Promise<readonly VersionTraces[]> {
  const found: VersionTraces[] = [];
  for (const version of versions) {
    const former = { ...app, version };
    const own = await tracesOf(describeApp(discovery, former), former, transport);
    const others = (await internalTopics(former, transport)).filter((topic) => !own.topics.includes(topic));
    const topics = [...own.topics, ...others.filter((topic) => named.includes(topic))].sort();
    found.push({ ...own, topics, others: others.filter((topic) => !named.includes(topic)) });
  }
  const unknown = named.filter((topic) => !found.some(({ topics }) => topics.includes(topic)));
  if (unknown.length === 0) return found;
  const groups = versions.map((version) => groupOf({ ...app, version })).join(', ');
  throw new UsageError(`${unknown.join(', ')}: no changelog or repartition topic of ${groups} has this name`);
}
