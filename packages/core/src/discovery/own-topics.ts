import { definitionFaults, isWritten, SourceTopics } from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import { type AppOptions, groupOf } from '../topology/index.js';
import { retryFaults } from './agents/retries.js';
import type { Discovery } from './discover.js';
import { ownInternalFaults } from './own-internals.js';
import { ownLetterFaults } from './own-letters.js';

/**
 * What is wrong with an app under the options that it runs with: under another id its own topics have other names, and another policy may feed it with
 * what it sets aside.
 */
export function ownTopicFaults(
  app: Pick<AppOptions, 'id' | 'version' | 'part' | 'errors'>,
  { classes, tables: uses, groups }: Pick<Discovery, 'classes' | 'tables' | 'groups'>,
): Fault[] {
  const group = groupOf(app);
  const tables = uses.map(({ definition }) => definition).filter(isWritten);
  return [
    ...ownLetterFaults(app, classes),
    ...retryFaults(classes, app.errors, new SourceTopics(group)),
    ...ownInternalFaults(app, classes, tables, groups),
    ...[...tables, ...groups].flatMap((each) => definitionFaults(each, group)),
  ];
}
