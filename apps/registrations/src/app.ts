import { Agent, App, Inject, type Stream, Timer, type Topic } from '@weir/core';
import { people } from './people.js';
import { type Registration, registrations } from './registration.js';

/** Sends seven registrations every five seconds, and prints them. */
@App({ id: 'registrations', broker: 'kafka://localhost:9092' })
export class Registrations {
  constructor(@Inject(registrations) private readonly outgoing: Topic<string, Registration>) {}

  @Timer('5s')
  async sendPeople(): Promise<void> {
    await this.outgoing.sendMany(people.map((value) => ({ value })));
  }

  @Agent(registrations)
  async register(people: Stream<Registration>): Promise<void> {
    for await (const person of people) console.log(`Registration: ${person}`);
  }
}
