import { tableFaults } from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import { type AppOptions, groupOf } from '../topology/index.js';
import type { Discovery } from './discover.js';
import { ownChangelogFaults } from './own-changelogs.js';
import { ownLetterFaults } from './own-letters.js';

/**
 * What is wrong with an app under the options that it runs with: under another id its own topics have other names, and another policy may feed it with
 * what it sets aside.
 */
export function ownTopicFaults(
  app: Pick<AppOptions, 'id' | 'errors'>,
  { classes, tables: uses }: Pick<Discovery, 'classes' | 'tables'>,
): Fault[] {
  const tables = uses.map(({ definition }) => definition);
  return [
    ...ownLetterFaults(app, classes),
    ...ownChangelogFaults(groupOf(app), classes, tables),
    ...tables.flatMap((each) => tableFaults(each, app.id)),
  ];
}
