import type { Contestant } from './contestants/index.js';

/** The samples of one contestant, or of whatever else takes turns: one for each round. */
export interface Series<S, C = Contestant> {
  readonly contestant: C;
  readonly samples: readonly S[];
}

/** Each contestant once a round, in reverse order every second round, so that none always runs when the machine is at its best. */
export async function inRounds<S, C>(
  contestants: readonly C[],
  rounds: number,
  run: (contestant: C, round: number) => Promise<S>,
): Promise<Series<S, C>[]> {
  const series = contestants.map((contestant) => ({ contestant, samples: [] as S[] }));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? series : [...series].reverse();
    for (const { contestant, samples } of order) samples.push(await run(contestant, round));
  }
  return series;
}
