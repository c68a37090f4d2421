export { type Cancel, type Clock, SystemClock, sleepOn } from './clock.js';
export { dateOf } from './dates.js';
export { type Duration, type DurationText, durationMs, formatMs, isDuration } from './duration.js';
export { inRounds } from './in-rounds.js';
export { VirtualClock } from './virtual-clock.js';
export { within } from './within.js';
