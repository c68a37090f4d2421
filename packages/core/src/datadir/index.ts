export { ifThere, removeEmpty } from './folders.js';
export { MembershipFile } from './membership-file.js';
export { isLeftBehind, ours } from './processes.js';
export { foldersOf, noteOwner, storeFolders } from './store-folders.js';
