import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Consumer, Producer } from './clients.js';

/** How often a broker was asked: since its start, or a second. Not a number where it does not say. */
export interface Requests {
  readonly produce: number;
  readonly fetch: number;
}

const names = { produce: 'Produce', fetch: 'FetchConsumer' };
const unknown: Requests = { produce: Number.NaN, fetch: Number.NaN };

/** Kafka's own counts, read over JMX by Kafka's own tool. Unknown for a broker that somebody else has started. */
async function requests(): Promise<Requests> {
  const { KAFKA_JMX: address, KAFKA_JARS: jars } = process.env;
  if (address === undefined || jars === undefined) return unknown;
  const queries = Object.values(names).flatMap((name) => [
    '--object-name',
    `kafka.network:type=RequestMetrics,name=RequestsPerSec,request=${name},version=*`,
  ]);
  const { stdout } = await promisify(execFile)('java', [
    ...['-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`, 'org.apache.kafka.tools.JmxTool'],
    ...['--jmx-url', `service:jmx:rmi:///jndi/rmi://${address}/jmxrmi`],
    ...['--one-time', '--attributes', 'Count', '--report-format', 'tsv', ...queries],
  ]);
  return { produce: countOf(stdout, names.produce), fetch: countOf(stdout, names.fetch) };
}

/** There is a line for each version of the protocol that was spoken. */
function countOf(lines: string, name: string): number {
  const counts = lines.split('\n').filter((line) => line.includes(`request=${name},`));
  return counts.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf('\t') + 1)), 0);
}

/** For clients of which `RequestCounter` is to know how often they ask. */
export const counted = { 'statistics.interval.ms': 250 };

/** Counts what a broker is asked by anybody but some clients of this process, whose own statistics say how often they ask. */
export class RequestCounter {
  readonly #clients: Consumer[] = [];

  except(client: Consumer | Producer): void {
    this.#clients.push(client as Consumer);
  }

  /** Since the start of the broker. */
  async read(): Promise<Requests> {
    const [all, ...own] = await Promise.all([requests(), ...this.#clients.map(nextOf)]);
    const rest = (name: keyof Requests) => own.reduce((left, asked) => left - asked[name], all[name]);
    return { produce: rest('produce'), fetch: rest('fetch') };
  }
}

interface Statistics {
  readonly brokers: Readonly<Record<string, { readonly req: { readonly Produce?: number; readonly Fetch?: number } }>>;
}

/** Of the next statistics of a client. */
function nextOf(client: Consumer): Promise<Requests> {
  return new Promise((resolve) => {
    client.once('event.stats', ({ message }: { readonly message: string }) => {
      const { brokers } = JSON.parse(message) as Statistics;
      const sum = (name: 'Produce' | 'Fetch') => Object.values(brokers).reduce((count, { req }) => count + (req[name] ?? 0), 0);
      resolve({ produce: sum('Produce'), fetch: sum('Fetch') });
    });
  });
}

/** What was asked between two readings, by the second. */
export function rate(before: Requests, after: Requests, seconds: number): Requests {
  return { produce: (after.produce - before.produce) / seconds, fetch: (after.fetch - before.fetch) / seconds };
}
