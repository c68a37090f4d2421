export type { CronDeclaration } from './cron-times.js';
export { crons } from './crons.js';
export type { TaskEvents } from './runs.js';
export { RunningTimer, type TimerDeclaration, type TimerDescription, timerProblem } from './timer.js';
export { timers } from './timers.js';
