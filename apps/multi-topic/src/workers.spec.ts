import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import * as json from './json-worker.js';
import * as raw from './raw-worker.js';

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

it('gives each topic to its agent, as bytes', async () => {
  const app = await TestApp.start(raw.RawWorker);
  await app.send(raw.greetings, { value: 'Greeting #0' });
  await app.send(raw.realWork, [{ value: 'Work #0' }, { value: 'Work #1' }]);
  await app.settled();
  expect(printed.filter((line) => line.startsWith('Greeter'))).toEqual(['Greeter: Greeting #0']);
  expect(printed.filter((line) => line.startsWith('Worker'))).toEqual(['Worker: Work #0', 'Worker: Work #1']);
  await app.stop();
});

it('gives each topic to its agent, as JSON', async () => {
  const app = await TestApp.start(json.JsonWorker);
  await app.send(json.greetings, { value: { subject: 'Greeting', value: 0 } });
  await app.send(json.realWork, { value: { subject: 'Work', value: 0 } });
  await app.settled();
  expect([...printed].sort()).toEqual(['Greeter: {"subject":"Greeting","value":0}', 'Worker: {"subject":"Work","value":0}']);
  await app.stop();
});
