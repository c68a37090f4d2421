export { type Settings, settingsOf } from './settings.js';
export { type Load, StreamWorker } from './stream-worker.js';
export { letGo, type Surroundings } from './surroundings.js';
export { applyTopics, mustBePossible } from './topics/apply.js';
export { type PlannedTopic, planTopics, type TopicPlan, type TopicStep } from './topics/plan.js';
export { type Operation, type Right, rightsOf } from './topics/rights.js';
