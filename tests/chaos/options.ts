import { parseArgs } from 'node:util';
import { Random } from './random.js';

export const protocols = ['eager', 'cooperative', 'kip-848'] as const;
export const guarantees = ['at-least-once', 'exactly-once'] as const;
export const forms = ['sync', 'keyed', 'batch', 'loop', 'beside', 'counted'] as const;
export const stores = ['memory', 'level'] as const;

export type Protocol = (typeof protocols)[number];
export type Guarantee = (typeof guarantees)[number];
/**
 * How the app takes its events: one handler after another, many keys at once, arrays, a loop of its own; a slower agent on the topic of `keyed`; and one that counts in
 * tables of every kind.
 */
export type Form = (typeof forms)[number];

/** What a chaos run is to do. */
export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly nodes: number;
  readonly protocol: Protocol;
  readonly guarantee: Guarantee;
  readonly members: 'named' | 'unnamed';
  readonly workers: number;
  readonly forms: readonly Form[];
  /** How many keys the events of a topic have. */
  readonly keys: number;
  /** Events a second; 0 sends as fast as Kafka takes them. */
  readonly rate: number;
  /** Where tables are kept beside their changelogs. */
  readonly store: (typeof stores)[number];
  /** Whether every worker has a copy of the table of the others (`standby`). */
  readonly copies: boolean;
  /** Ends the run when so many were sent and processed, whatever the time. */
  readonly events: number | undefined;
  /** Instead of a schedule by chance: a worker is killed this often, … */
  readonly killEverySeconds: number;
  /** … and one joins or leaves this often. */
  readonly joinEverySeconds: number;
  /** Whether brokers are disturbed too. */
  readonly brokers: boolean;
  readonly json: boolean;
  /** Where the logs of the workers are kept, for reading them afterwards. */
  readonly keep: string | undefined;
}

export const usage = `npm run test:chaos -- [minutes] [options]

  --seed <number>            repeats a schedule; what is not said below follows from the seed too
  --nodes <1|3>              brokers, default 3
  --protocol <name>          ${protocols.join(', ')}
  --guarantee <name>         ${guarantees.join(', ')}
  --members <name>           named (static membership) or unnamed
  --workers <2..8>           at most so many at once
  --forms <a,b>              of ${forms.join(', ')}; default all
  --keys <number>            how many keys the events of a topic have, default 40
  --rate <number>            events a second, default 400; 0 is as fast as it goes
  --store <name>             ${stores.join(', ')}: where tables are kept
  --copies <yes|no>          whether every worker has a copy of the table of the others
  --events <number>          stop when so many are processed, instead of after minutes
  --kill-every <seconds>     a worker is killed this often, each tenth loses its disk, and a broker is restarted every 30 s; instead of a schedule by chance
  --join-every <seconds>     one joins or leaves this often, instead of a schedule by chance
  --no-brokers               leave the brokers alone
  --json                     the report as JSON on standard output
  --keep <folder>            keep the logs of the workers there`;

/** @throws Error that names what was wrong */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ seed: { type: 'string' }, nodes: { type: 'string' }, protocol: { type: 'string' }, guarantee: { type: 'string' } },
      ...{ members: { type: 'string' }, workers: { type: 'string' }, forms: { type: 'string' }, rate: { type: 'string' } },
      ...{ keys: { type: 'string' }, store: { type: 'string' }, copies: { type: 'string' } },
      ...{ events: { type: 'string' }, 'kill-every': { type: 'string' }, 'join-every': { type: 'string' } },
      ...{ 'no-brokers': { type: 'boolean' }, json: { type: 'boolean' }, keep: { type: 'string' }, help: { type: 'boolean' } },
    },
  });
  if (values.help) return 'help';
  const seed = number('--seed', values.seed, Math.floor(Math.random() * 1_000_000));
  const chance = new Random(seed);
  const guarantee = oneOf('--guarantee', values.guarantee ?? chance.pick(guarantees), guarantees);
  return {
    minutes: number('minutes', positionals[0], 1),
    seed,
    nodes: number('--nodes', values.nodes, 3),
    guarantee,
    protocol: oneOf('--protocol', values.protocol ?? chance.pick(protocols), protocols),
    members: oneOf('--members', values.members ?? chance.pick(['named', 'unnamed'] as const), ['named', 'unnamed'] as const),
    workers: number('--workers', values.workers, chance.between(2, 5)),
    forms: (values.forms?.split(',') ?? forms).map((form) => oneOf('--forms', form, forms)),
    keys: number('--keys', values.keys, 40, 1),
    rate: number('--rate', values.rate, 400),
    events: values.events === undefined ? undefined : number('--events', values.events, 0),
    killEverySeconds: number('--kill-every', values['kill-every'], 0),
    joinEverySeconds: number('--join-every', values['join-every'], 0),
    brokers: !values['no-brokers'],
    store: oneOf('--store', values.store ?? chance.pick(stores), stores),
    copies: oneOf('--copies', values.copies ?? chance.pick(['yes', 'no'] as const), ['yes', 'no'] as const) === 'yes',
    json: values.json ?? false,
    keep: values.keep,
  };
}

function number(name: string, text: string | undefined, standard: number, least = 0): number {
  const value = text === undefined ? standard : Number(text);
  if (!Number.isFinite(value) || value < least) throw new Error(`${name}: expected a number of at least ${least}, not '${text}'`);
  return value;
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === text);
  if (found === undefined) throw new Error(`${name}: expected ${allowed.join(', ')}, not '${text}'`);
  return found;
}
