// An embedded broker in a process of its own, so that its memory is not taken for that of the clients. Tells its parent where it is.
import process from 'node:process';
import { startEmbeddedBroker } from '../../packages/kafka/dist/index.js';

const broker = await startEmbeddedBroker();
process.on('disconnect', () => process.exit(0));
process.send(broker.url);
