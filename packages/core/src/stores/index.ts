export { MemoryStores } from './memory-stores.js';
export type {
  GroupStore,
  OpenStores,
  StoreBatch,
  StoreEntry,
  StoreKey,
  StoreNote,
  StoreRange,
  Stores,
  StoresOptions,
} from './store.js';
export { withStore } from './with-store.js';
