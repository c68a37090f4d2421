import { parseArgs } from 'node:util';
import { contestants } from './contestants/index.js';
import { peers } from './contestants/peers.js';
import { type Pipeline, pipelines } from './pipelines/index.js';

/** How much of a scenario is run. */
export interface Extent {
  readonly messages: number;
  readonly rounds: number;
}

export interface Options {
  readonly messages: number;
  readonly rounds: number;
  readonly shape: Extent;
  readonly process: Extent;
  /** Events of a pipeline, where they are not as usual. */
  readonly pipelineEvents: number | undefined;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly latencyRounds: number;
  /** librdkafka properties of the loop and of weir. */
  readonly kafka: Readonly<Record<string, string>>;
  readonly json: boolean;
  /** Whether the results are written beside those of other runs. */
  readonly isKept: boolean;
  readonly profile: string | undefined;
  /** Another checkout, whose contestants take turns with ours. */
  readonly against: string | undefined;
  readonly throughput: readonly string[];
  readonly latency: readonly string[];
  readonly startup: readonly string[];
  readonly shapes: readonly string[];
  readonly processes: readonly string[];
  readonly counting: boolean;
  /** How many keys tables have, where it is not as usual. */
  readonly keys: number | undefined;
  readonly recovery: boolean;
  /** Scenarios that have state and a topic to write to. */
  readonly pipelines: readonly Pipeline['scenario'][];
  /** Whether others take part in the scenarios that have contestants of their own. */
  readonly peers: boolean;
  readonly concurrency: boolean;
  readonly backlog: boolean;
}

const scenarios = [
  'throughput',
  'latency',
  'concurrency',
  'backlog',
  'startup',
  'shapes',
  'processes',
  'state',
  'counting',
  'recovery',
  'words',
  'windows',
  'joins',
];

export const usage = `npm run bench -- [options]
  --quick           300,000 messages, 3 rounds, the loop and @Handler, no latency
  --messages <n>    messages of a throughput round (1000000), of a shape (200000; of 1 MB: 200 times fewer), of processes (400000)
                    and of windows, joins (1000000) and words (200000 lines)
  --keys <n>        keys of the table that is counted in (100000), and of the one that is recovered (1000000)
  --rounds <n>      throughput rounds (5), of latency (3); processes have 3 at most, shapes 2
  --rate <n,n…>     messages a second of the latency scenario (1000,5000)
  --seconds <n>     how long a latency round measures (10)
  --peers           ${peers.map(({ name }) => name).join(', ')} too:
                    installs them, needs Maven and Python
  --only <names>    of: ${scenarios.join(', ')},
                    ${contestants.map(({ name }) => name).join(', ')}
  --against <dir>   in throughput, the same contestants of another checkout beside ours; implies --try
  --kafka <n>=<v>   a librdkafka property of whoever uses it, in the latency scenario (linger.ms=10); implies --try
  --profile <dir>   writes a profile of each contestant's thread, for Chrome's developer tools
  --json            prints the rows as JSON
  --try             leaves results.json and results.md as they are`;

const quick = ['loop', 'fast-loop', 'handler'];
const strangers = peers.map(({ name }) => name);

/** @throws Error that says what is wrong */
export function optionsOf(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      try: { type: 'boolean', default: false },
      messages: { type: 'string' },
      keys: { type: 'string' },
      rounds: { type: 'string' },
      rate: { type: 'string', multiple: true, default: ['1000,5000'] },
      seconds: { type: 'string' },
      kafka: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      against: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
    },
  });
  const only = values.only.flatMap((names) => names.split(','));
  const names = contestants.map(({ name }) => name);
  const standard = values.peers ? names : names.filter((name) => !strangers.includes(name));
  const few = values.peers ? [...quick, ...strangers] : quick;
  const unknown = only.filter((name) => !scenarios.includes(name) && !names.includes(name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there is no such scenario or contestant`);
  const wanted = only.filter((name) => names.includes(name));
  const runs = (scenario: string) =>
    only.some((name) => scenarios.includes(name)) ? only.includes(scenario) : !values.quick || scenario === 'throughput';
  const rounds = count('rounds', values.rounds, values.quick ? 3 : 5);
  return {
    messages: count('messages', values.messages, values.quick ? 300_000 : 1_000_000),
    rounds,
    shape: { messages: count('messages', values.messages, 200_000), rounds: Math.min(2, rounds) },
    pipelineEvents: values.messages === undefined ? undefined : count('messages', values.messages, 0),
    process: { messages: count('messages', values.messages, 400_000), rounds: Math.min(3, rounds) },
    rates: values.rate.flatMap((given) => given.split(',')).map((given) => count('rate', given, 0)),
    seconds: count('seconds', values.seconds, 10),
    latencyRounds: count('rounds', values.rounds, 3),
    json: values.json,
    kafka: Object.fromEntries(values.kafka.map(property)),
    against: values.against,
    isKept: !values.try && values.kafka.length === 0 && values.against === undefined,
    profile: values.profile,
    throughput: runs('throughput') ? (wanted.length > 0 ? wanted : values.quick ? few : standard) : [],
    latency: runs('latency') ? (wanted.length > 0 ? wanted : [...quick, 'stateful', ...(values.peers ? ['kafka-streams'] : [])]) : [],
    startup: runs('startup') ? (wanted.length > 0 ? wanted : quick) : [],
    // Peers read one topic as it comes.
    shapes: runs('shapes') ? (wanted.length > 0 ? wanted.filter((name) => !strangers.includes(name)) : ['loop', 'handler']) : [],
    processes: runs('processes') ? (wanted.length > 0 ? wanted : ['handler']) : [],
    // They have contestants of their own.
    concurrency: wanted.length === 0 && runs('concurrency'),
    backlog: wanted.length === 0 && runs('backlog'),
    counting: wanted.length === 0 && (runs('state') || only.includes('counting')),
    keys: values.keys === undefined ? undefined : count('keys', values.keys, 0),
    recovery: wanted.length === 0 && (runs('state') || only.includes('recovery')),
    pipelines: wanted.length === 0 ? pipelines.map(({ scenario }) => scenario).filter(runs) : [],
    peers: values.peers,
  };
}

function property(given: string): readonly [string, string] {
  const [name, ...value] = given.split('=');
  if (name === '' || value.length === 0) throw new Error(`--kafka ${given}: give a property as name=value`);
  return [name, value.join('=')];
}

function count(name: string, given: string | undefined, standard: number): number {
  const value = given === undefined ? standard : Number(given);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${given}: give a whole number from 1`);
  return value;
}
