import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, OnStart, Timer, topic } from '@weir/core';
import type { Class } from '@weir/core/metadata';
import { type Logger, pino } from 'pino';
import { TestApp } from './index.js';

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
  logger = pino({ level: 'info' }, new Writable({ write }));
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
