export { codecOf, isSchema, type Schema, type SchemaType, schemaName } from './schema.js';
export { changelogTopic, isTable, type TableDefinition, type TableOptions, table } from './table.js';
export { isTopic, isWritable, type OnEmpty, type TopicDefinition, type TopicOptions, topic, topicFaults } from './topic.js';
