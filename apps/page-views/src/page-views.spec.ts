import { afterEach, expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { views } from './page-view.js';
import { byUrl, counts, PageViews } from './page-views.js';
import { Visitors } from './visitors.js';

let app: TestApp;
afterEach(async () => {
  await app?.stop();
  jest.restoreAllMocks();
});

const view = (user: string, url: string) => ({ key: user, value: { url, user, ms: 100 } });

it('counts the views of a page, whoever looks at it, over a crash', async () => {
  app = await TestApp.start(PageViews, { partitions: 4 });
  await app.send(views, [view('jenny', '/home'), view('eliška', '/home'), view('blanka', '/prices')]);
  await app.settled();
  await app.crash();
  await app.restart();
  await app.send(views, view('eliška', '/prices'));
  await app.settled();
  expect(Object.fromEntries(app.table(counts).entries())).toEqual({ '/home': 2, '/prices': 2 });
  expect(app.sent(byUrl).map(({ key }) => key)).toContain('/home');
});

it('prints the pages that are viewed most every ten seconds', async () => {
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  app = await TestApp.start(PageViews, { partitions: 4 });
  await app.send(views, [view('jenny', '/about'), view('jenny', '/home'), view('eliška', '/home')]);
  await app.settled();
  await app.advance('10s');
  expect(print.mock.calls).toEqual([['2 /home'], ['1 /about']]);
});

it('has visitors for when nobody else looks', async () => {
  app = await TestApp.start(Visitors);
  await app.advance('3s');
  expect(app.sent(views).map(({ key, value }) => [key, value.url])).toEqual([
    ['jenny', '/home'],
    ['eliška', '/home'],
    ['blanka', '/prices'],
  ]);
});
