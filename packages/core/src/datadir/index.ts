export { ifThere, removeEmpty } from './folders.js';
export { PlaceNotes } from './place-notes.js';
export { isLeftBehind, ours } from './processes.js';
