import { App, Inject, Timer, type Topic } from '@weir/core';
import { people } from './people.js';
import { type Registration, registrations } from './registration.js';

/** Sends seven registrations every five seconds. */
@App({ id: 'registrations-timer', broker: 'kafka://localhost:9092' })
export class TimerProducer {
  constructor(@Inject(registrations) private readonly outgoing: Topic<string, Registration>) {}

  @Timer('5s')
  async sendPeople(): Promise<void> {
    await this.outgoing.sendMany(people.map((value) => ({ value })));
  }
}
