export { run } from './run.js';
export type { Interrupts, Shell } from './shell.js';
