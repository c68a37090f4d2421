import { App, Handler, Inject, type Table, Timer, table } from '@weir/core';
import { type PageView, views } from './page-view.js';

export const byUrl = views.groupBy((view) => view.url, { name: 'views-by-url' });
export const counts = table('counts', { key: 'string', value: 'long', default: 0 });

/** Counts the views of each page, whoever looks at it, and prints the ten that are viewed most. */
@App({ id: 'page-views', broker: 'kafka://localhost:9092' })
export class PageViews {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(byUrl)
  count({ url }: PageView): void {
    this.counts.update(url, (n) => n + 1);
  }

  @Timer('10s')
  async printMostViewed(): Promise<void> {
    const pages: [url: string, n: number][] = [];
    for await (const page of this.counts.entries()) pages.push(page);
    pages.sort(([, one], [, other]) => other - one);
    for (const [url, n] of pages.slice(0, 10)) console.log(`${n} ${url}`);
  }
}
