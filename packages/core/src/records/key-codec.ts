import type { TextCodec } from '../codecs/index.js';
import type { Class } from '../metadata/index.js';
import { typesOf, validationsOf } from './declarations/declared.js';
import { recordCodec } from './record-codec.js';

const codecs = new WeakMap<Class, TextCodec<object>>();

/**
 * The codec of a record class for keys: equal records give equal bytes, in whichever order their members were set. Members stand in the order in which the
 * class declares them; those that it does not declare, or writes under other names, after them in the order of their names.
 */
export function recordKeyCodec(record: Class): TextCodec<object> {
  let codec = codecs.get(record);
  if (codec === undefined) {
    const plain = recordCodec(record);
    codec = {
      form: 'text',
      get name() {
        return plain.name;
      },
      encode: (value) => JSON.stringify(ordered(JSON.parse(plain.encode(value)), record)),
      decode: (text) => plain.decode(text),
    };
    codecs.set(record, codec);
  }
  return codec;
}

/** What a class declares: its members in their order, and the classes of those that are records. */
interface Order {
  readonly names: readonly string[];
  readonly classes: ReadonlyMap<string, Class>;
}

const orders = new WeakMap<Class, Order>();
const undeclared: Order = { names: [], classes: new Map() };

function orderOf(record: Class): Order {
  let order = orders.get(record);
  if (order === undefined) {
    const nested = [...typesOf(record)].filter(([, { type }]) => typeof type === 'function');
    order = { names: [...validationsOf(record).keys()], classes: new Map(nested.map(([name, { type }]) => [name, type as Class])) };
    orders.set(record, order);
  }
  return order;
}

function ordered(value: unknown, record: Class | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, record));
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  const { names, classes } = record === undefined ? undeclared : orderOf(record);
  const others = Object.keys(members).filter((name) => !names.includes(name));
  const all = [...names.filter((name) => Object.hasOwn(members, name)), ...others.sort()];
  return Object.fromEntries(all.map((name) => [name, ordered(members[name], classes.get(name))]));
}
