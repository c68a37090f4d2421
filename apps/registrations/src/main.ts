import { main } from '@weir/core';
import { Registrations } from './app.js';

/** Makes the app a command of its own: compiled, `node main.js worker`. */
await main(Registrations);
