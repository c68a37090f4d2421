import type { Contestant } from './contestants/index.js';
import type { Series } from './report/rows.js';

/** Each contestant once a round, in reverse order every second round, so that none always runs when the machine is at its best. */
export async function inRounds<S>(
  contestants: readonly Contestant[],
  rounds: number,
  run: (contestant: Contestant, round: number) => Promise<S>,
): Promise<Series<S>[]> {
  const series = contestants.map((contestant) => ({ contestant, samples: [] as S[] }));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? series : [...series].reverse();
    for (const { contestant, samples } of order) samples.push(await run(contestant, round));
  }
  return series;
}
