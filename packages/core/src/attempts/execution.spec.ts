import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { currentExecution, detached, type Execution, runAs } from './execution.js';

const execution = (): Execution => ({ attempt: undefined });
const within = <T>(outer: Execution, run: () => T): T => runAs(outer, run, undefined, undefined);

describe('an execution', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('is nobody at first, and whoever asks, or detaches what is detached already, turns nothing on', () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    const enterWith = jest.spyOn(AsyncLocalStorage.prototype, 'enterWith');
    expect(currentExecution()).toBeUndefined();
    expect(detached(() => currentExecution())).toBeUndefined();
    expect([run, enterWith].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  it('hands on two arguments and the result', () => {
    expect(runAs(execution(), (first: number, second: string) => `${first} ${second}`, 1, 'two')).toBe('1 two');
  });

  it('is that of the code that it runs, and of none after it', () => {
    const mine = execution();
    expect(within(mine, currentExecution)).toBe(mine);
    expect(currentExecution()).toBeUndefined();
  });

  it('is over when the code throws, and what it threw comes out as it is', () => {
    const error = new Error('no');
    const fail = () =>
      within(execution(), () => {
        throw error;
      });
    expect(fail).toThrow(error);
    expect(currentExecution()).toBeUndefined();
  });

  it.each<[string, (run: () => void) => void]>([
    ['an await', (run) => void Promise.resolve().then(run)],
    ['an await of what was made elsewhere', (run) => void elsewhere.then(run)],
    ['nextTick', (run) => process.nextTick(run)],
    ['setImmediate', (run) => void setImmediate(run)],
    ['setTimeout', (run) => void setTimeout(run, 0)],
    ['queueMicrotask', (run) => queueMicrotask(run)],
  ])('follows %s', async (_, later) => {
    const mine = execution();
    const seen = await new Promise((resolve) => within(mine, () => later(() => resolve(currentExecution()))));
    expect(seen).toBe(mine);
  });

  it('goes on behind an await that others go on beside', async () => {
    const [one, other] = [execution(), execution()];
    const look = async () => {
      await elsewhere;
      await new Promise(setImmediate);
      return currentExecution();
    };
    expect(await Promise.all([within(one, look), within(other, look), look()])).toEqual([one, other, undefined]);
  });

  it('gives way to one within it, and comes back after that', () => {
    const [outer, inner] = [execution(), execution()];
    const seen = within(outer, () => [currentExecution(), within(inner, currentExecution), currentExecution()]);
    expect(seen.map((each) => (each === outer ? 'outer' : each === inner ? 'inner' : each))).toEqual(['outer', 'inner', 'outer']);
  });

  it('is left behind by what is detached, for good, and goes on after it', async () => {
    const mine = execution();
    const [inside, later, after] = within(mine, () => [
      detached(currentExecution),
      detached(() => elsewhere.then(currentExecution)),
      currentExecution(),
    ]);
    expect([inside, await later]).toEqual([{ attempt: undefined }, { attempt: undefined }]);
    expect([inside === mine, (await later) === mine, after === mine]).toEqual([false, false, true]);
  });

  it('can begin again within what is detached', () => {
    const mine = execution();
    expect(within(execution(), () => detached(() => within(mine, currentExecution)))).toBe(mine);
  });

  it('passes on what detached code returns and throws', () => {
    const error = new Error('no');
    expect(within(execution(), () => detached(() => 7))).toBe(7);
    const fail = () => {
      throw error;
    };
    expect(() => within(execution(), () => detached(fail))).toThrow(error);
  });
});

/** Made outside of any execution. */
const elsewhere = Promise.resolve();
