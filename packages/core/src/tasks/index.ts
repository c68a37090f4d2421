export type { CronDeclaration } from './cron-times.js';
export { crons } from './crons.js';
export type { TaskEvents } from './runs.js';
export type { TaskDeclaration } from './task.js';
export { tasks } from './tasks.js';
export { RunningTimer, type TimerDeclaration, type TimerDescription, timerProblem } from './timer.js';
export { timers } from './timers.js';
