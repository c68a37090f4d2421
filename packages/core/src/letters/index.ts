export type { CatalogueOptions } from './catalogue.js';
export {
  type Cause,
  causeOf,
  DeadLetters,
  deadLetterHeaders,
  deadLetterTopic,
  originalHeaders,
  originalTimestamp,
  replayAddress,
} from './dead-letters.js';
export type { LetterFilter } from './filter.js';
export { groupLetters, type LetterGroup } from './group.js';
export type { Letter, LetterSummary, Replacement } from './letter.js';
export { LetterError } from './letter-error.js';
export { Letters, type LettersOptions, type Replayed, type ReplayOptions, type ReplayProgress } from './letters.js';
export { markHeaders, type Outcome } from './marks.js';
