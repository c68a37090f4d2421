import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import kafka from '@confluentinc/kafka-javascript';

/** Above this share of the processors, somebody else is at work. */
const busyShare = 0.5;

/** What the figures depend on. */
export interface Machine {
  readonly cores: number;
  readonly node: string;
  readonly driver: string;
  /** Average load of the last minute before the run. */
  readonly load: number;
  readonly isBusy: boolean;
}

export function machine(): Machine {
  const { version } = createRequire(import.meta.url)('@confluentinc/kafka-javascript/package.json') as { version: string };
  const cores = availableParallelism();
  const [load] = loadavg();
  return {
    cores,
    node: process.version,
    driver: `kafka-javascript ${version}, librdkafka ${kafka.librdkafkaVersion}`,
    load: Number(load.toFixed(2)),
    isBusy: load > cores * busyShare,
  };
}

export function describe({ cores, node, driver, load }: Machine): string {
  return `${cores} cores shared with the broker, Node ${node}, ${driver}, load ${load.toFixed(2)} before the run`;
}
