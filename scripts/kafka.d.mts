/** A Kafka that was started for a test, a benchmark or a person. */
export interface StartedKafka {
  readonly folder: string;
  readonly jars: string;
  /** `host:port,…` */
  readonly brokers: string;
  /** With `bench`, `host:port` of the metrics of the first node. */
  readonly jmx?: string;
  readonly sasl?: { readonly brokers: string; readonly ca: string; readonly username: string; readonly password: string };
  /** SIGKILL. */
  kill(index?: number): Promise<void>;
  /** SIGTERM, and SIGKILL when that takes too long. */
  terminate(index?: number): Promise<void>;
  /** Resolves when the node answers. Without effect on one that runs. */
  start(index?: number): Promise<void>;
  restart(index?: number): Promise<void>;
  /** SIGSTOP. */
  halt(index?: number): void;
  /** SIGCONT. */
  goOn(index?: number): void;
  stop(): Promise<void>;
}

export function startKafka(options?: {
  readonly nodes?: number;
  readonly sasl?: boolean;
  readonly acls?: boolean;
  readonly bench?: boolean;
  readonly port?: number;
}): Promise<StartedKafka>;
