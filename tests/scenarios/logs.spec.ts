import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, OnStart, OnStop, Timer, topic } from '@weir/core';
import { errorSerializer } from '@weir/core/internal/app';
import type { Class } from '@weir/core/internal/metadata';
import { TestApp } from '@weir/testing';
import { type Logger, pino } from 'pino';

const orders = topic('orders', { value: 'string' });

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly type: string; readonly message: string; readonly stack: string };
}
let lines: Line[];
let logger: Logger;
let app: TestApp | undefined;

beforeEach(() => {
  lines = [];
  const write = (line: unknown, _: unknown, done: () => void) => {
    lines.push(JSON.parse(String(line)) as Line);
    done();
  };
  logger = pino({ level: 'info', serializers: { err: errorSerializer() } }, new Writable({ write }));
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function start(appClass: Class): Promise<TestApp> {
  app = await TestApp.start(appClass, { overrides: { logger } });
  return app;
}
const warnings = () => lines.filter(({ level }) => level === 40).map(({ msg }) => msg);

/** Fails in a function of its own, so that the stack has something to show. */
function lookUp(): never {
  throw new RangeError('no such price', { cause: new TypeError('no row') });
}
const logged = (part: string) => lines.find(({ msg }) => msg.includes(part));

describe('a worker without agents and timers', () => {
  // It said "ready", and nothing ever happened.
  it('warns that it will do nothing', async () => {
    @App({ id: 'idle' })
    class Idle {
      @OnStart() start(): void {}
    }
    await start(Idle);
    expect(warnings()).toEqual([expect.stringContaining('no agents and no timers')]);
  });

  it('is not taken for one that has either', async () => {
    @App({ id: 'busy' })
    class Busy {
      @Timer('1h') tick(): void {}
    }
    @App({ id: 'reading' })
    class Reading {
      @Handler(orders) take(): void {}
    }
    await start(Busy);
    await app?.stop();
    await start(Reading);
    expect(warnings()).toEqual([]);
  });
});

describe('what the application throws', () => {
  // The message of the error was all that there was: no type, no cause, no stack.
  it('is logged with type, cause and stack when it stops the worker', async () => {
    @App({ id: 'stopping', errors: { then: 'stop', retry: { attempts: 0 } } })
    class Stopping {
      @Handler(orders) take(): void {
        lookUp();
      }
    }
    const running = await start(Stopping);
    await running.send(orders, { value: 'a' });
    await expect(running.settled()).rejects.toThrow('no such price');
    const { err } = logged('the worker stops')!;
    expect(err).toMatchObject({ type: 'AgentError', message: expect.stringContaining('Stopping.take') });
    expect(err?.stack).toMatch(/^RangeError: no such price\n[\s\S]*at lookUp [\s\S]*as take\][\s\S]*\ncaused by: TypeError: no row\n/);
  });

  it('is logged with its stack at the first try', async () => {
    @App({ id: 'trying', errors: { retry: { attempts: 2 } } })
    class Trying {
      @Handler(orders) take(): void {
        lookUp();
      }
    }
    const running = await start(Trying);
    await running.send(orders, { value: 'a' });
    await running.advance('1s');
    expect(lines.filter(({ msg }) => msg.startsWith('failed')).map(({ err }) => err?.type)).toEqual(['RangeError', undefined]);
    expect(logged('set aside')?.err?.stack).toContain('at lookUp');
  });

  it('is logged with its stack and the name of its hook', async () => {
    @App({ id: 'hooked' })
    class Hooked {
      @OnStart() first(): void {}
      @OnStart() open(): void {
        lookUp();
      }
    }
    @App({ id: 'closed' })
    class Closed {
      @OnStop() close(): void {
        lookUp();
      }
    }
    await expect(start(Hooked)).rejects.toThrow(RangeError);
    await (await start(Closed)).stop();
    expect(logged('start hook Hooked.open failed: no such price')?.err?.stack).toContain('as open]');
    expect(logged('stop hook Closed.close failed: no such price')?.err?.stack).toContain('as close]');
  });

  it('is logged with its stack and the name of the timer', async () => {
    @App({ id: 'timed' })
    class Timed {
      @Timer('1s') tick(): void {
        lookUp();
      }
    }
    await (await start(Timed)).advance('1s');
    expect(logged('timer Timed.tick failed: no such price')?.err?.stack).toContain('as tick]');
  });
});
