import { joins } from './joins.js';
import type { Pipeline } from './pipeline.js';
import { windows } from './windows.js';
import { words } from './words.js';

export type { Milestone, Names, Pipeline } from './pipeline.js';

/** In the order of the report. */
export const pipelines: readonly Pipeline[] = [words, windows, joins];
