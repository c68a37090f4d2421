export { RunningTimer, type TimerDescription, type TimerEvents, timerProblem } from './timer.js';
