import { Agent, App, type Stream, topic } from '@weir/core';

export const greetings = topic('greetings', { value: 'json' });
export const realWork = topic('real_work', { value: 'json' });

/** Two agents, each on a topic of its own, at the same time. They are given whatever the JSON says. */
@App({ id: 'multi-topic-json', broker: 'kafka://localhost:9092' })
export class JsonWorker {
  @Agent(greetings)
  async greet(stream: Stream<unknown>): Promise<void> {
    for await (const greeting of stream) console.log(`Greeter: ${JSON.stringify(greeting)}`);
  }

  @Agent(realWork)
  async work(stream: Stream<unknown>): Promise<void> {
    for await (const piece of stream) console.log(`Worker: ${JSON.stringify(piece)}`);
  }
}
