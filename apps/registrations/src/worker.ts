import { Agent, App, type Stream } from '@weir/core';
import { type Registration, registrations } from './registration.js';

/** Prints registrations, whoever sends them. */
@App({ id: 'registrations-worker', broker: 'kafka://localhost:9092' })
export class RegistrationWorker {
  @Agent(registrations)
  async register(people: Stream<Registration>): Promise<void> {
    for await (const person of people) console.log(`Registration: ${person}`);
  }
}
