/** What a contestant is told, as JSON in BENCH_JOB. It reads `input` as `group`, writes to `output`, and ends in order on SIGTERM. */
export interface Job {
  readonly brokers: string;
  readonly group: string;
  readonly input: string;
  readonly output: string;
}

export function job(): Job {
  const given = process.env.BENCH_JOB;
  if (given === undefined) throw new Error('contestants are started by the benchmark: npm run bench');
  return JSON.parse(given) as Job;
}
