export { type Definition, definitionFaults, injectionProblems, isDefinition, schemasOf } from './kinds.js';
export { codecOf, isSchema, keyCodecOf, type Schema, type SchemaType, schemaName } from './schema.js';
export { changelogTopic, type Default, isTable, type TableDefinition, type TableOptions, table } from './table.js';
export { tableFaults } from './table-faults.js';
export { isTopic, isWritable, ONE_NAME, type OnEmpty, type TopicDefinition, type TopicOptions, topic, topicFaults } from './topic.js';
