import { Agent, App, type Stream } from '@weir/core';
import { greetings } from './greetings.js';

/** Prints greetings. The topic is `raw`: the agent is given the bytes. */
@App({ id: 'greetings', broker: 'kafka://localhost:9092' })
export class Greetings {
  @Agent(greetings)
  async greet(stream: Stream<Buffer>): Promise<void> {
    for await (const greeting of stream) console.log(`Greeting: ${greeting}`);
  }
}
