import { CIRCULAR, type Fault, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import {
  declarationsAreVisible,
  isConverted,
  nestedOf,
  type Typed,
  typesOf,
  type Validation,
  validationsOf,
} from './declarations/declared.js';
import { eventTimes } from './event-time.js';
import { type RecordOptions, recordOptions } from './options.js';
import { versionProblems } from './version-problems.js';

/**
 * Everything wrong with a record class and those within it, that would otherwise show with the first message.
 * @param seen classes that were looked at already, and those that are now
 */
export function recordFaults(record: Class, seen: Set<Class> = new Set()): Fault[] {
  if (seen.has(record)) return [];
  seen.add(record);
  const own = [...optionFaults(record), ...constructorFaults(record), ...eventTimeFaults(record)];
  if (!declarationsAreVisible) return own;
  const [types, faults] = readTypes(record);
  const fields = [...validationsOf(record)].flatMap(([name, declared]) => fieldFaults(record, name, declared, types.get(name)));
  return [...own, ...faults, ...fields, ...nestedOf(types).flatMap((nested) => recordFaults(nested, seen))];
}

const optionNames: OptionNames<RecordOptions> = {
  name: true,
  unknown: true,
  coerce: true,
  version: true,
  upcast: true,
};

function optionFaults(record: Class): Fault[] {
  const options = recordOptions.read(record);
  const faults: Pick<Fault, 'problem' | 'remedy'>[] = unknownOptions(options, optionNames);
  const unknown = options?.unknown as unknown;
  if (unknown !== undefined && !['strip', 'keep', 'reject'].includes(unknown as string))
    faults.push({ problem: `unknown is '${String(unknown)}'`, remedy: "Use 'strip', 'keep' or 'reject'" });
  if (options?.coerce !== undefined && typeof options.coerce !== 'boolean')
    faults.push({ problem: `coerce is ${String(options.coerce)}`, remedy: 'Use true or false' });
  if (recordOptions.readOwn(record).length > 1)
    faults.push({ problem: 'it stands on the class twice, and one of the two counts', remedy: 'Leave one of them' });
  faults.push(...versionProblems(options ?? {}));
  return faults.map((fault) => ({ where: record.name, member: '@Record', ...fault }));
}

/** A record is made empty, and then filled. */
function constructorFaults(record: Class): Fault[] {
  try {
    new (record as unknown as new () => object)();
    return [];
  } catch (error) {
    const problem = `it cannot be made without arguments: ${reason(error)}`;
    return [
      {
        where: record.name,
        member: 'constructor',
        problem,
        remedy: 'A record is made empty and then filled: give its parameters defaults',
      },
    ];
  }
}

/** One field tells the time: which of two would, nobody can see. */
function eventTimeFaults(record: Class): Fault[] {
  const [first, ...others] = new Set(eventTimes.read(record).map(({ member }) => member));
  return others.map((member) => ({
    where: record.name,
    member,
    problem: `it has @EventTime(), and so has ${first}: a record has one time`,
    remedy: 'Leave it on the one that windows and joins go by',
  }));
}

/** What `@Type` says may be asked for too early, or be a class that a circular import has not made yet. */
function readTypes(record: Class): [ReadonlyMap<string, Typed>, Fault[]] {
  const remedy = CIRCULAR;
  try {
    const types = typesOf(record);
    const missing = [...types].filter(([, { fixed, type }]) => fixed && type === undefined);
    return [types, missing.map(([member]) => ({ where: record.name, member, problem: 'its @Type gives undefined', remedy }))];
  } catch (error) {
    return [new Map(), [{ where: record.name, problem: `a @Type cannot be read: ${reason(error)}`, remedy }]];
  }
}

function fieldFaults(record: Class, member: string, declared: readonly Validation[], typed: Typed | undefined): Fault[] {
  if (typed !== undefined || isConverted(record, member)) return [];
  const where = record.name;
  const faults: Fault[] = [];
  if (declared.some(({ type }) => type === 'nestedValidation'))
    faults.push({ where, member, problem: 'it has @ValidateNested and no @Type: no message would pass', remedy: 'Add @Type(() => Class)' });
  if (declared.some(({ name }) => name === 'isDate') && recordOptions.read(record)?.coerce !== true)
    faults.push({
      where,
      member,
      problem: 'it has @IsDate and no @Type: a date is a text in JSON, and no message would pass',
      remedy: 'Add @Type(() => Date), or coerce in @Record',
    });
  return faults;
}
