import { Agent, App, type Stream, topic } from '@weir/core';

export const greetings = topic('greetings', { value: 'raw' });
export const realWork = topic('real_work', { value: 'raw' });

/** Two agents, each on a topic of its own, at the same time. They are given the bytes. */
@App({ id: 'multi-topic-raw', broker: 'kafka://localhost:9092' })
export class RawWorker {
  @Agent(greetings)
  async greet(stream: Stream<Buffer>): Promise<void> {
    for await (const greeting of stream) console.log(`Greeter: ${greeting}`);
  }

  @Agent(realWork)
  async work(stream: Stream<Buffer>): Promise<void> {
    for await (const piece of stream) console.log(`Worker: ${piece}`);
  }
}
