import { App, Inject, Timer, type Topic } from '@weir/core';
import { type PageView, views } from './page-view.js';

const users = ['jenny', 'eliška', 'blanka'];
const urls = ['/home', '/prices', '/about'];

/** Looks at a page every second, each time as another user and sooner or later at all of them. */
@App({ id: 'visitors', broker: 'kafka://localhost:9092' })
export class Visitors {
  #count = 0;

  constructor(@Inject(views) private readonly outgoing: Topic<string, PageView>) {}

  @Timer('1s')
  async look(): Promise<void> {
    const value = this.#view();
    await this.outgoing.send({ key: value.user, value });
  }

  #view(): PageView {
    const user = users[this.#count % users.length];
    const url = urls[Math.floor(this.#count / 2) % urls.length];
    this.#count += 1;
    return { url, user, ms: 100 * this.#count };
  }
}
