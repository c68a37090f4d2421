import { type GroupStore, MemoryStores, type Stores } from '../../stores/index.js';

/** Stores whose writes take some turns of the event loop, and do not happen when they are closed meanwhile. */
export class SlowStores implements Stores {
  readonly #stores = new MemoryStores();
  readonly #turns: number;
  #life = {};

  constructor(turns: number) {
    this.#turns = turns;
  }

  async open(name: string): Promise<GroupStore> {
    const store = await this.#stores.open(name);
    const open = store.batch.bind(store);
    const life = this.#life;
    store.batch = () => {
      const batch = open();
      const write = batch.write.bind(batch);
      batch.write = async (notes) => {
        for (let turn = 0; turn < this.#turns; turn++) await new Promise(setImmediate);
        if (life !== this.#life) throw new Error('killed');
        await write(notes);
      };
      return batch;
    };
    return store;
  }

  names(): Promise<readonly string[]> {
    return this.#stores.names();
  }

  async close(): Promise<void> {
    this.#life = {};
    await this.#stores.close();
  }
}
