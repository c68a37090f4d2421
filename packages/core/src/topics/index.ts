export { type Delay, delayed, delayedPart, delayedTopic, delayedTopics, delayOf, waitingName } from './delayed.js';
export type { SendOptions } from './limited.js';
export { encode, type HeaderInput, type HeadersInput, headerPairs, type Message, timestampMs } from './message.js';
export { provision, type TopicsPolicy, topicsToProvision } from './provision.js';
export { isResultMessage, message, type ResultMessage, type ResultParts } from './result.js';
export { checkSettings, type Difference, differencesOf, isAsGood, isSameSetting, type WillDo } from './settings.js';
export { BoundTopic, type Outlet, type Topic } from './topic.js';
export { TOPICS, Topics } from './topics.js';
