import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { Registrations } from './app.js';
import { people } from './people.js';
import { registrations } from './registration.js';
import { RegistrationWorker } from './worker.js';

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the registrations app', () => {
  it('sends seven registrations every five seconds and prints them', async () => {
    const app = await TestApp.start(Registrations);
    await app.advance('4s');
    expect(printed).toEqual([]);
    await app.advance('1s');
    expect(printed).toHaveLength(7);
    expect(printed[0]).toBe("Registration: <Registration: name='Eliška', surname='Najbrtová', id=4>");
    await app.advance('5s');
    expect(app.sent(registrations)).toHaveLength(14);
    await app.stop();
  });
});

describe('the registrations worker', () => {
  it('prints what a plain producer sends, in order', async () => {
    const app = await TestApp.start(RegistrationWorker);
    await app.send(
      registrations,
      people.map((person) => ({ value: Buffer.from(JSON.stringify(person)) })),
    );
    await app.settled();
    expect(printed).toEqual(
      people.map(({ name, surname, id }) => `Registration: <Registration: name='${name}', surname='${surname}', id=${id}>`),
    );
    await app.stop();
  });

  it('sets aside what is no registration, and goes on', async () => {
    const app = await TestApp.start(RegistrationWorker);
    await app.send(registrations, [{ value: Buffer.from('{"name":"Eliška"}') }, { value: people[1] }]);
    await app.advance('10s');
    expect(app.deadLetters().map(({ error }) => error.code)).toEqual(['DECODE_FAILED']);
    expect(printed).toEqual(["Registration: <Registration: name='Jenny', surname='Suk', id=3>"]);
    await app.stop();
  });
});
