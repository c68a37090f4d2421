import { MemoryStores } from './index.js';
import { storeContract } from './store.contract.js';

let stores = new MemoryStores();

storeContract('memory', {
  open: async () => stores,
  end: async () => {
    stores = new MemoryStores();
  },
});
