import { expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { greetings } from './greetings.js';
import { Greetings } from './worker.js';

it('prints greetings as they come', async () => {
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const app = await TestApp.start(Greetings);
  await app.send(greetings, [{ value: 'Greeting #0' }, { value: 'Ahoj, Šafářová' }]);
  await app.settled();
  expect(print.mock.calls).toEqual([['Greeting: Greeting #0'], ['Greeting: Ahoj, Šafářová']]);
  print.mockRestore();
  await app.stop();
});
