export { delayedApp } from './delayed-app.js';
export { DelayedMessages, type PartOptions, type RunningPart } from './delayed-messages.js';
