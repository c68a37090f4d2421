import { everySecond, openProducer } from '@weir/app-plain';

/** Each second a greeting and two pieces of work, as text. */
const producer = await openProducer();
await everySecond((count) => {
  producer.send('greetings', `Greeting #${count}`);
  producer.send('real_work', `Work #${2 * count}`);
  producer.send('real_work', `Work #${2 * count + 1}`);
});
await producer.close();
