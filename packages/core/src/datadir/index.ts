export { ifThere, removeEmpty } from './folders.js';
export { HotFile, type HotNotes, readHotNotes } from './hot-file.js';
export { MembershipFile } from './membership-file.js';
export { isLeftBehind, ours } from './processes.js';
export { foldersOf, noteOwner, storeFolders } from './store-folders.js';
