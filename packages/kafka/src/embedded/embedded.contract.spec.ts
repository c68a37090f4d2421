import { describeEmbedded } from './embedded.contract.js';

describeEmbedded('the embedded broker', true);
