import type { GroupStore, Stores } from './store.js';

/** Has a store open for as long as `use` takes. */
export async function withStore<T>(stores: Stores, name: string, use: (store: GroupStore) => Promise<T>): Promise<T> {
  const store = await stores.open(name);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
