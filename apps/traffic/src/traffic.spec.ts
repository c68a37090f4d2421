import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { views } from './page-view.js';
import { lateViews, report, Traffic } from './traffic.js';
import { Visitors } from './visitors.js';

let app: TestApp;
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(async () => {
  await app?.stop();
  jest.restoreAllMocks();
});

const view = (url: string, user: string, time: string) => ({ key: url, value: { user, at: Date.parse(`2026-05-01T${time}Z`) } });
const start = () => TestApp.start(Traffic, { start: '2026-05-01T13:00:00Z' });
const minutes = () => app.sent(report).map(({ key, value }) => `${value.from.slice(11)} ${key} ${value.views}`);

it('counts the views of a page by the minutes in which they happened', async () => {
  app = await start();
  await app.send(views, [
    view('/home', 'jenny', '12:00:10'),
    view('/home', 'eliška', '12:01:05'),
    view('/home', 'blanka', '12:00:50'),
    view('/home', 'jenny', '12:03:00'),
  ]);
  await app.settled();
  expect(minutes()).toEqual(['12:00 /home 2', '12:01 /home 1']);
});

it('closes a minute when nobody looks any more, over a crash', async () => {
  app = await start();
  await app.send(views, view('/home', 'jenny', '12:00:10'));
  await app.settled();
  await app.advance('2s');
  await app.crash();
  await app.restart();
  await app.advance('3m');
  expect(minutes()).toEqual(['12:00 /home 1']);
});

it('tells of views that come too late', async () => {
  app = await start();
  await app.send(views, [view('/home', 'jenny', '12:00:10'), view('/home', 'eliška', '12:05:00'), view('/home', 'blanka', '12:00:20')]);
  await app.settled();
  expect(minutes()).toEqual(['12:00 /home 1']);
  expect(app.sent(lateViews).map(({ key, value }) => [key, value.user])).toEqual([['/home', 'blanka']]);
});

it('has visitors for when nobody else looks', async () => {
  app = await TestApp.start(Visitors);
  await app.advance('5s');
  const times = app.sent(views).map(({ value }) => value.at);
  expect(times).toHaveLength(10);
  expect(times[3] - times[4]).toBe(5 * 60_000 - 5_000);
});
