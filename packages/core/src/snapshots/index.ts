export { fileEnding, refused, type SnapshotHead, type SnapshotTable } from './head.js';
export { hasAll, importSnapshot } from './import-snapshot.js';
export { type SnapshotContent, snapshotContent, snapshotFiles } from './snapshot-content.js';
export { SnapshotReader } from './snapshot-reader.js';
export { writeSnapshot } from './snapshot-writer.js';
