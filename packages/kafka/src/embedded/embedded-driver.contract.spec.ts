import { describeEmbedded } from './embedded.contract.js';

describeEmbedded('the embedded broker, without the fast path', false);
