/** What a contestant is told, as JSON in BENCH_JOB. It reads `input` as `group`, writes to `output`, and ends in order on SIGTERM. */
export interface Job {
  readonly brokers: string;
  readonly group: string;
  readonly input: string;
  readonly output: string;
  /** All topics that are read, where `input` is not the only one. For ours. */
  readonly inputs?: readonly string[];
  /** librdkafka properties of consumers and producers. For ours. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** Where those that keep state keep it on disk. */
  readonly datadir?: string;
}

export function job(): Job {
  const given = process.env.BENCH_JOB;
  if (given === undefined) throw new Error('contestants are started by the benchmark: npm run bench');
  return JSON.parse(given) as Job;
}
