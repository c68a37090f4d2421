import { App, type Event, Handler, Inject, json, table, topic, type WindowEvent, type WindowedTable } from '@weir/core';
import { PageView, views } from './page-view.js';

/** How often a page was viewed in a minute. */
export interface Minute {
  readonly from: string;
  readonly views: number;
}

export const perMinute = table('per-minute', { key: 'string', value: 'long', default: 0 }).tumbling('1m', { grace: '30s' });
export const report = topic('views-per-minute', { key: 'string', value: json<Minute>() });
export const lateViews = topic('late-views', { key: 'string', value: PageView });

/** Counts the views of each page, minute by minute. */
@App({ id: 'traffic', broker: 'kafka://localhost:9092', idleAfter: '10s' })
export class Traffic {
  constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

  @Handler(views)
  count(_: PageView, { key }: Event<string, PageView>): void {
    this.perMinute.update(key ?? '', (n) => n + 1);
  }

  @Handler(perMinute.closed, { sinks: [report] })
  publish(views: number, { window }: WindowEvent<string, number>): Minute {
    const from = new Date(window.start).toISOString().slice(0, 16);
    console.log(`${from} ${window.key} ${views}`);
    return { from, views };
  }

  @Handler(perMinute.late, { sinks: [lateViews] })
  setAside(view: PageView, { window }: WindowEvent<string, PageView>): PageView {
    console.log(`${view.user} came too late for ${window.key}`);
    return view;
  }
}
