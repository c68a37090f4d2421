import { App, Inject, Timer, type Topic } from '@weir/core';
import { type PageView, views } from './page-view.js';

const users = ['jenny', 'eliška', 'blanka'];
const urls = ['/home', '/prices', '/home', '/about'];
const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Looks at pages: what has happened since an hour ago, ten times as fast. One view in ten comes five minutes late. */
@App({ id: 'traffic-visitors', broker: 'kafka://localhost:9092' })
export class Visitors {
  readonly #begin = Date.now() - hourMs;
  #count = 0;

  constructor(@Inject(views) private readonly outgoing: Topic<string, PageView>) {}

  @Timer('500ms')
  async look(): Promise<void> {
    this.#count += 1;
    const now = Math.min(this.#begin + this.#count * 5_000, Date.now());
    const at = this.#count % 10 === 5 ? now - 5 * minuteMs : now;
    await this.outgoing.send({ key: urls[this.#count % urls.length], value: { user: users[this.#count % users.length], at } });
  }
}
