import type { Ability, Bench } from './bench.fixture.js';

/** One thing that a broker must do, when it has these abilities. */
export interface Case {
  readonly needs: readonly Ability[];
  readonly run: (bench: Bench) => Promise<void>;
}

/** Titles with what is to be shown. */
export type Cases = Readonly<Record<string, Case | Case['run']>>;
