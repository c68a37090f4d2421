import { beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, OnAssigned, OnStart, OnStop, StateError, topic } from '@weir/core';
import { pino } from 'pino';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';
import { Shop } from '../shop.fixture.js';

let shell: FakeShell;
beforeEach(() => {
  shell = new FakeShell();
  Shop.handled = [];
  Shop.held = undefined;
});

const log = () => shell.err.lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

describe('weir worker', () => {
  it('shows what runs, and stops in order at the first signal', async () => {
    const ended = run(['worker', '-l', 'info'], Shop, shell);
    await shell.err.until('"ready"');
    shell.interrupt();
    expect(await ended).toBe(0);
    for (const part of [
      'id ',
      'shop',
      'kafka://declared:9092',
      'billing, Shop.post',
      'orders, bills',
      'in-memory broker',
      String(process.pid),
    ])
      expect(shell.out.text).toContain(part);
    expect(shell.listening).toBe(0);
  });

  // It said "memory", whatever the store was.
  it.each([
    ['in memory by itself', [], 'memory://'],
    ['as the command line says', ['--store', 'level://'], 'level://'],
  ])('shows where tables are kept: %s', async (_, args, expected) => {
    const ended = run(['worker', '-l', 'info', ...args], Shop, shell);
    await shell.err.until('"ready"');
    shell.interrupt();
    await ended;
    expect(shell.out.text).toMatch(new RegExp(`\\| store +\\| ${expected} `));
  });

  it('shows that a store is of the app', async () => {
    @App({ id: 'stored', broker: 'kafka://declared:9092', store: async () => Promise.reject(new Error('never opened')) })
    class Stored extends Shop {}
    const ended = run(['worker', '-l', 'info'], Stored, shell);
    await shell.err.until('"ready"');
    shell.interrupt();
    await ended;
    expect(shell.out.text).toMatch(/\| store +\| the app's own /);
  });

  it('tells its life in order', async () => {
    const ended = run(['worker', '-l', 'info'], Shop, shell);
    await shell.err.until('"ready"');
    shell.interrupt();
    await ended;
    const life = ['connecting to', 'created topics', 'subscribed to', 'ready', 'stopping', 'handed over', 'stopped'];
    const places = life.map((what) => log().findIndex((line) => line.startsWith(what)));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('lets the command line win over the environment, and that over the class', async () => {
    shell.environment.WEIR_ID = 'from-environment';
    shell.environment.WEIR_BROKER = 'kafka://from-environment:1';
    const ended = run(['worker', '--id', 'from-command-line', '-l', 'info'], Shop, shell);
    await shell.err.until('"ready"');
    shell.interrupt();
    await ended;
    expect(shell.out.text).toContain('from-command-line');
    expect(shell.out.text).toContain('kafka://from-environment:1');
  });

  it('ends at once at the second signal, with 1, and says what it abandons', async () => {
    let release = () => {};
    Shop.held = new Promise((resolve) => {
      release = resolve;
    });
    const running = run(['worker', '-q', '-l', 'info', '--shutdown-timeout', '1ms'], Shop, shell);
    await shell.err.until('"ready"');
    await (await shell.broker.transport().producer()).send({ topic: 'orders', key: null, value: '{"id":"a","amount":1}' });
    while (Shop.handled.length === 0) await new Promise(setImmediate);
    shell.interrupt();
    shell.interrupt();
    expect(shell.exited).toBe(1);
    expect(shell.err.text).toContain('abandoned: billing on orders[0]@0');
    expect(await running).toBe(1);
    release();
  });

  it('ends with 0 when it is stopped while it connects', async () => {
    shell.open = () => new Promise(() => undefined);
    const ended = run(['worker', '-l', 'info'], Shop, shell);
    await shell.err.until('connecting');
    shell.interrupt();
    expect(await ended).toBe(0);
  });

  // Only the second signal was heard.
  it('ends with 1 within shutdownTimeout when it is stopped while a start hook does not come to its end', async () => {
    let isStarting = () => {};
    const starting = new Promise<void>((resolve) => (isStarting = resolve));
    @App({ id: 'hanging' })
    class Hanging {
      @OnStart()
      start(): Promise<void> {
        isStarting();
        return new Promise(() => undefined);
      }
    }
    void run(['worker', '-q', '--shutdown-timeout', '1ms'], Hanging, shell);
    await starting;
    shell.interrupt();
    await shell.err.until('@OnStart');
    expect(shell.exited).toBe(1);
    expect(shell.err.text).toMatch(/^not stopped within 1 ms of being asked to, and ended; it was still starting/);
  });

  // It ended with 0: all had finished, as it seemed.
  it('ends with 1 within shutdownTimeout when it is stopped while a hook of partitions does not come to its end', async () => {
    let isTold = () => {};
    const told = new Promise<void>((resolve) => (isTold = resolve));
    const orders = topic('orders', { value: 'string' });
    @App({ id: 'hanging' })
    class Hanging {
      @OnAssigned()
      come(): Promise<void> {
        isTold();
        return new Promise(() => undefined);
      }
      @Handler(orders)
      handle(): void {}
    }
    const ended = run(['worker', '-q', '--shutdown-timeout', '1ms'], Hanging, shell);
    await told;
    shell.interrupt();
    expect(await ended).toBe(1);
    expect(shell.err.text).toContain('error: not everything had finished within 1 ms of being asked to stop: @OnAssigned Hanging.come.');
  });

  it('ends with 0 when it is stopped while a start hook runs, and stops what has started', async () => {
    const life: string[] = [];
    let goOn = () => {};
    class First {
      @OnStart()
      start(): void {
        life.push('first started');
      }
      @OnStop()
      stop(): void {
        life.push('first stopped');
      }
    }
    @App({ id: 'starting', providers: [First] })
    class Starting {
      constructor(@Inject(First) readonly first: First) {}
      @OnStart()
      async start(): Promise<void> {
        life.push('second starts');
        await new Promise<void>((resolve) => (goOn = resolve));
      }
      @OnStop()
      stop(): void {
        life.push('second stopped');
      }
    }
    const ended = run(['worker', '-q', '-l', 'info'], Starting, shell);
    while (life.length < 2) await new Promise(setImmediate);
    shell.interrupt();
    goOn();
    expect(await ended).toBe(0);
    expect(shell.err.text).not.toContain('"ready"');
    expect(life).toEqual(['first started', 'second starts', 'second stopped', 'first stopped']);
    expect(shell.listening).toBe(0);
  });

  it('ends with 1 and the reason when the worker stops by itself', async () => {
    const broken = topic('broken', { value: 'string' });
    @App({ id: 'failing', errors: { retry: { attempts: 0 }, then: 'stop' } })
    class Failing {
      @Handler(broken)
      handle(): void {
        throw new Error('no more paper');
      }
    }
    const ended = run(['worker', '-q', '-l', 'info'], Failing, shell);
    await shell.err.until('"ready"');
    await (await shell.broker.transport().producer()).send({ topic: 'broken', key: null, value: 'x' });
    expect(await ended).toBe(1);
    expect(shell.err.text).toMatch(/error: .*broken\[0\]@0.*no more paper/);
    const told = shell.err.text.slice(shell.err.text.indexOf('error: '));
    expect(told).toMatch(/caused by: Error: no more paper[\s\S]*at Failing\.handle/);
    expect(told).not.toContain('/agents/');
  });

  it('warns of variables that nobody reads', async () => {
    shell.environment.WEIR_COMIT_INTERVAL = '5s';
    const ended = run(['worker', '-l', 'info'], Shop, shell);
    await shell.err.until('"ready"');
    shell.interrupt();
    await ended;
    expect(log()).toContain('nobody reads the variable WEIR_COMIT_INTERVAL. Did you mean WEIR_COMMIT_INTERVAL?');
  });

  it('logs to the logger of the app, at the level that the command line says', async () => {
    const written: string[] = [];
    const logger = pino({ level: 'fatal' }, { write: (line: string) => void written.push(line) });
    @App({ id: 'logging', logger })
    class Logging {}
    const ended = run(['worker', '-l', 'info'], Logging, shell);
    while (!written.join('').includes('"ready"')) await new Promise(setImmediate);
    shell.interrupt();
    expect(await ended).toBe(0);
    expect(shell.err.text).toBe('');
    expect(shell.out.text).toContain("the app's logger (info)");
  });

  it('lists every fault of the declarations before it connects', async () => {
    @App({ id: 'not legal' })
    class Wrong {
      @Handler(topic('not legal either'))
      handle(): void {}
    }
    shell.open = () => Promise.reject(new Error('it connected'));
    expect(await run(['worker'], Wrong, shell)).toBe(1);
    expect(shell.err.text).toContain('2 faults');
    expect(shell.err.text).toContain("'not legal either'");
  });

  it('ends with 2 where workers of another release run: to start it again does not help', async () => {
    shell.open = () => Promise.reject(new StateError('stop all workers first', { code: 'TOPIC_SETS_CHANGED' }));
    expect(await run(['worker'], Shop, shell)).toBe(2);
    expect(shell.err.text).toContain('stop all workers first');
  });

  it('refuses an option of the app that cannot be used, before it connects', async () => {
    expect(await run(['worker', '--commit-interval', 'soon'], Shop, shell)).toBe(2);
    expect(shell.err.text).toContain("commitInterval: expected milliseconds or a text like '250ms'");
    shell.environment.WEIR_LOGLEVEL = 'loud';
    expect(await run(['worker'], Shop, shell)).toBe(2);
    expect(shell.err.text).toContain('WEIR_LOGLEVEL: expected one of silent');
  });
});
