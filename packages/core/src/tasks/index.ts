export { RunningTimer, type TimerDeclaration, type TimerDescription, type TimerEvents, timerProblem } from './timer.js';
export { timers } from './timers.js';
