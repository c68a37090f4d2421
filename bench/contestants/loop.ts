// The hand-written loop with checks by hand: what weir is measured against.
import { checked } from '../work/order.js';
import { runLoop } from './loop-client.js';

await runLoop((text) => checked(JSON.parse(text)));
