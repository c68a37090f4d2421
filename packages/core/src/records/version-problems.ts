import { types } from 'node:util';
import { show } from '../codecs/index.js';
import type { Fault } from '../errors/index.js';
import type { RecordOptions } from './options.js';
import { isVersion } from './versions.js';

/** So many versions are named. */
const shownMax = 5;

type Problem = Pick<Fault, 'problem' | 'remedy'>;

/** What is wrong with the version of a record, and with what reads those before it. */
export function versionProblems({ version = 1, upcast = {} }: RecordOptions): Problem[] {
  if (!isVersion(version)) return [{ problem: `version is ${show(version)}`, remedy: 'Give a whole number from 1' }];
  if (typeof upcast !== 'object' || upcast === null)
    return [{ problem: `upcast is ${show(upcast)}`, remedy: 'Give functions under the versions that they read: { 1: (old) => … }' }];
  const given: Readonly<Record<string, unknown>> = upcast;
  const unread = Object.keys(given).filter((name) => !isVersion(Number(name)) || Number(name) >= version);
  const wrong = Object.entries(given).filter(([name, each]) => !unread.includes(name) && typeof each !== 'function');
  const waiting = Object.entries(given).filter(([, each]) => types.isAsyncFunction(each));
  return [
    ...missing(version, given),
    ...unread.map((name) => ({
      problem: `its upcast ${name} is never called, for its version is ${version}`,
      remedy: unreadRemedy(version),
    })),
    ...wrong.map(([name, each]) => ({ problem: `its upcast ${name} is ${show(each)}`, remedy: 'Give a function' })),
    ...waiting.map(([name]) => ({ problem: `its upcast ${name} is asynchronous`, remedy: 'Decoding does not wait: do it in the handler' })),
  ];
}

function missing(version: number, given: Readonly<Record<string, unknown>>): Problem[] {
  const unreadable: number[] = [];
  for (let from = 1; from < version && unreadable.length < shownMax; from++) if (!Object.hasOwn(given, from)) unreadable.push(from);
  if (unreadable.length === 0) return [];
  const [first] = unreadable;
  return [
    {
      problem: `it has version ${version}, and nothing that reads version ${unreadable.join(', ')}${unreadable.length === shownMax ? ', …' : ''}`,
      remedy: `Add upcast: { ${first}: (old) => … }, which makes of the members of version ${first} those of version ${first + 1}`,
    },
  ];
}

function unreadRemedy(version: number): string {
  return version === 1
    ? 'Say which version it is now: version: 2'
    : `It reads versions 1 to ${version - 1}: leave it out, or give another version`;
}
