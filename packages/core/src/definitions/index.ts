export { codecOf, isSchema, type Schema, type SchemaType, schemaName } from './schema.js';
export { isTopic, isWritable, type OnEmpty, type TopicDefinition, type TopicOptions, topic, topicFaults } from './topic.js';
