import { openProducer } from '@weir/app-plain';
import { people } from './people.js';

/** Seven registrations as JSON, and the end. */
const producer = await openProducer();
for (const person of people) producer.send('registrations', JSON.stringify(person));
await producer.close();
