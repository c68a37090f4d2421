/** A Kafka that was started for a test, a benchmark or a person. */
export interface StartedKafka {
  readonly folder: string;
  readonly jars: string;
  /** `host:port,…` */
  readonly brokers: string;
  readonly sasl?: { readonly brokers: string; readonly ca: string; readonly username: string; readonly password: string };
  kill(index?: number): Promise<void>;
  terminate(index?: number): Promise<void>;
  restart(index?: number): Promise<void>;
  stop(): Promise<void>;
}

export function startKafka(options?: {
  readonly nodes?: number;
  readonly sasl?: boolean;
  readonly bench?: boolean;
  readonly port?: number;
}): Promise<StartedKafka>;
