/** The middle and the ends of some numbers. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** Of numbers that are sorted. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

/** Of one figure of some samples. */
export function of<S, F extends keyof S>(samples: readonly S[], field: F): Spread {
  return spread(samples.map((sample) => sample[field] as number));
}

/** Of one figure to that of others in the same rounds. Undefined when the others did not run. */
export function ratio<S, F extends keyof S>(samples: readonly S[], others: readonly S[], field: F): Spread | undefined {
  if (others.length === 0) return undefined;
  return spread(samples.map((sample, round) => (sample[field] as number) / (others[round][field] as number)));
}

/** Rounded; null for what there is no number for. */
export function places(value: number | undefined, digits: number): number | null {
  return value === undefined || Number.isNaN(value) ? null : Number(value.toFixed(digits));
}
