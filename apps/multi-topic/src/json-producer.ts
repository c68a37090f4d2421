import { everySecond, openProducer } from '@weir/app-plain';

/** Each second a greeting and two pieces of work, as JSON. */
const producer = await openProducer();
await everySecond((count) => {
  producer.send('greetings', JSON.stringify({ subject: 'Greeting', value: count }));
  producer.send('real_work', JSON.stringify({ subject: 'Work', value: 2 * count }));
  producer.send('real_work', JSON.stringify({ subject: 'Work', value: 2 * count + 1 }));
});
await producer.close();
