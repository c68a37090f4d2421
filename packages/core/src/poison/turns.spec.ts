import { beforeEach, describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('turns', () => {
  let turns: Turns;
  let entered: string[];
  /** Those that have entered since this was asked last. */
  async function since(): Promise<string[]> {
    await new Promise(setImmediate);
    return entered.splice(0);
  }
  const enter = (name: string) => void turns.enter().then(() => entered.push(name));
  const alone = (name: string) => void turns.enterAlone().then(() => entered.push(name));

  beforeEach(() => {
    turns = new Turns();
    entered = [];
  });

  it('let attempts run beside each other', async () => {
    for (const name of ['a', 'b', 'c']) enter(name);
    expect(await since()).toEqual(['a', 'b', 'c']);
  });

  it('let one run alone at once where nothing runs, and hold up the others until it is done', async () => {
    alone('isolated');
    enter('a');
    enter('b');
    expect(await since()).toEqual(['isolated']);
    turns.leaveAlone();
    expect(await since()).toEqual(['a', 'b']);
  });

  it('let one run alone when all that run are done', async () => {
    enter('a');
    enter('b');
    await since();
    alone('isolated');
    turns.leave();
    expect(await since()).toEqual([]);
    turns.leave();
    expect(await since()).toEqual(['isolated']);
  });

  it('let one that is to run alone go before those that come after it', async () => {
    enter('a');
    alone('isolated');
    enter('b');
    expect(await since()).toEqual(['a']);
    turns.leave();
    expect(await since()).toEqual(['isolated']);
    turns.leaveAlone();
    expect(await since()).toEqual(['b']);
  });

  it('let those that are to run alone run one after another, in order', async () => {
    for (const name of ['one', 'two', 'three']) alone(name);
    expect(await since()).toEqual(['one']);
    turns.leaveAlone();
    expect(await since()).toEqual(['two']);
    turns.leaveAlone();
    expect(await since()).toEqual(['three']);
  });

  it('count those that were held up as running once they are let in', async () => {
    alone('isolated');
    enter('a');
    enter('b');
    turns.leaveAlone();
    alone('another');
    expect(await since()).toEqual(['isolated', 'a', 'b']);
    turns.leave();
    expect(await since()).toEqual([]);
    turns.leave();
    expect(await since()).toEqual(['another']);
  });

  it('are free again when all have left', async () => {
    alone('isolated');
    turns.leaveAlone();
    enter('a');
    turns.leave();
    alone('another');
    expect(await since()).toEqual(['isolated', 'a', 'another']);
  });
});
