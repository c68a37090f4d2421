export { Alignment, type LaneTurns } from './alignment.js';
export { type LaneTime, Watermark } from './watermark.js';
export { newestWindowAt, overlap, type Window, type WindowGrid, windowsAt, windowsIn, windowsPerTime } from './window.js';
