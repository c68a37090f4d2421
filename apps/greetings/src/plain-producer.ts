import { everySecond, openProducer } from '@weir/app-plain';

/** `Greeting #0`, `Greeting #1` … one a second until Ctrl-C. */
const producer = await openProducer();
await everySecond((count) => producer.send('greetings', `Greeting #${count}`));
await producer.close();
