export { run } from './run.js';
export { endProcess, type Interrupts, type Shell } from './shell.js';
