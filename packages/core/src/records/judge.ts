import { plainToInstance } from 'class-transformer';
import { Validator } from 'class-validator/cjs/validation/Validator.js';
import { exactInteger, longIntegers, mayHaveLongInteger, show } from '../codecs/index.js';
import { DecodeError, type FieldFault, reason } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { validationsOf } from './declarations/declared.js';
import { withDatesOnly } from './decoders/dates.js';
import type { RecordPlan } from './decoders/plan.js';
import { faultsOf, step } from './faults.js';
import { dropHostileKeys } from './hostile-keys.js';

type Fields = Record<string, unknown>;

const validator = new Validator();

/**
 * Builds and checks an instance with class-transformer and class-validator themselves: slow, and right for every
 * decorator there is. It has the last word on whatever a compiled decoder refuses.
 * @throws DecodeError with every field that is wrong
 */
export function judge(record: Class, name: string, unknown: RecordPlan['unknown'], plain: unknown, text: string): object {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new DecodeError(name, [
      { path: '', expected: 'a JSON object', received: Array.isArray(plain) ? `a list: ${show(plain)}` : show(plain) },
    ]);
  }
  dropHostileKeys(plain);
  const [instance, found] = attempt(name, () => examine(record, unknown, plain));
  const faults = [...found, ...rounded(instance, text)];
  if (faults.length > 0) throw new DecodeError(name, faults);
  return instance;
}

/** Integers of the message that got into the record, by whatever way, and are not what they were: JSON.parse has rounded them. */
function rounded(instance: object, text: string): FieldFault[] {
  const integers = mayHaveLongInteger(text) ? longIntegers(text) : [];
  const held = integers.length > 0 ? longNumbers(instance, new Set(), new Set()) : undefined;
  return integers
    .filter((integer) => held?.has(Number(integer.text)))
    .map(({ path, text: received }) => ({ path, expected: exactInteger, received }));
}

/** The numbers in a value that may have been rounded; what was made of them as bigints, too. */
function longNumbers(value: unknown, found: Set<number>, seen: Set<object>): Set<number> {
  if ((typeof value === 'number' && !Number.isSafeInteger(value)) || typeof value === 'bigint') found.add(Number(value));
  if (typeof value !== 'object' || value === null || seen.has(value)) return found;
  seen.add(value);
  const members = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const member of members) longNumbers(member, found, seen);
  return found;
}

function examine(record: Class, unknown: RecordPlan['unknown'], plain: object): [object, FieldFault[]] {
  const instance = plainToInstance(record as unknown as new () => object, withDatesOnly(record, plain) as object);
  if (validationsOf(record).size === 0) return [instance, []];
  const strangers = unknown === 'keep' ? [] : prune(instance, plain, unknown, '');
  return [instance, [...strangers, ...faultsOf(validator.validateSync(instance), plain)]];
}

/** What throws here is a constructor, a `@Transform` or a validator of the application. */
function attempt<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new DecodeError(
      name,
      [{ path: '', expected: `a message that ${name} can be built from`, received: `an exception: ${reason(cause)}` }],
      { cause },
    );
  }
}

/**
 * Takes fields that nothing declares out of an instance and the validated records within it, as class-validator's
 * `whitelist` does, except that what the class itself initialises stays. In `reject` each is a fault.
 */
function prune(instance: object, plain: unknown, unknown: 'strip' | 'reject', path: string): FieldFault[] {
  if (Array.isArray(instance)) return within(instance, Object.keys(instance), plain, unknown, path);
  const record = instance.constructor as Class;
  const declared = validationsOf(record);
  if (declared.size === 0) return [];
  const faults: FieldFault[] = [];
  const initial = new (record as unknown as new () => Fields)();
  for (const field of Object.keys(instance).filter((each) => !declared.has(each))) {
    if (unknown === 'reject' && has(plain, field))
      faults.push({ path: step(path, field, false), expected: 'no such field', received: show(plain[field]) });
    if (Object.hasOwn(initial, field)) (instance as Fields)[field] = initial[field];
    else delete (instance as Fields)[field];
  }
  const nested = [...declared].filter(([, validations]) => validations.some(({ type }) => type === 'nestedValidation'));
  return [
    ...faults,
    ...within(
      instance,
      nested.map(([field]) => field),
      plain,
      unknown,
      path,
    ),
  ];
}

function within(parent: object, members: readonly string[], plain: unknown, unknown: 'strip' | 'reject', path: string): FieldFault[] {
  return members.flatMap((name) => {
    const member = (parent as Fields)[name];
    if (typeof member !== 'object' || member === null) return [];
    return prune(member, has(plain, name) ? plain[name] : undefined, unknown, step(path, name, Array.isArray(parent)));
  });
}

function has(plain: unknown, field: string): plain is Fields {
  return typeof plain === 'object' && plain !== null && Object.hasOwn(plain, field);
}
