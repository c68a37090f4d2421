import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  App,
  type Component,
  type DefinitionError,
  declareMember,
  Handler,
  Inject,
  OnStart,
  OnStop,
  type RunningComponent,
  topic,
} from '@weir/core';
import type { Class } from '@weir/core/internal/metadata';
import { TestApp } from '@weir/testing';

// What another package writes: a decorator, and what runs of the methods that it stands on. Core knows nothing of it.

interface PageDeclaration {
  readonly path: string;
}

/** The pages of the worker that runs, by their paths. */
let site: Map<string, () => Promise<unknown>> | undefined;

const pages: Component<PageDeclaration> = {
  kind: 'page',
  decorator: '@Page',

  faults: ({ path }) => (path.startsWith('/') ? [] : [{ problem: `its path is '${path}'`, remedy: 'Begin it with /' }]),

  describe: ({ path }) => `at ${path}`,

  open(members, { app, moved }): RunningComponent {
    const answers = new Map<Promise<unknown>, string>();
    const ask = (path: string, run: () => unknown) => () => {
      const answer = (async () => run())();
      const end = () => {
        answers.delete(answer);
        moved();
      };
      answers.set(answer, `page ${path}`);
      answer.then(end, end);
      return answer;
    };
    return {
      start: () => {
        called.push(`open ${app.id}`);
        site = new Map(members.map(({ declared: { path }, run }) => [path, ask(path, () => run({ path }))]));
      },
      stop: async () => {
        if (site !== undefined) called.push('close');
        site = undefined;
        await Promise.all(answers.keys());
      },
      running: () => [...answers.values()],
    };
  },
};

function Page(path: string) {
  return <M extends (request: { readonly path: string }) => unknown>(
    declaring: object,
    method: string | symbol,
    _: TypedPropertyDescriptor<M>,
  ): void => declareMember(pages, declaring, method, { path });
}

// And an app that uses it.

const orders = topic('orders', { value: 'string' });
let called: string[];
let app: TestApp | undefined;
beforeEach(() => {
  called = [];
  site = undefined;
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function start(appClass: Class, overrides = {}): Promise<TestApp> {
  app = await TestApp.start(appClass, { overrides });
  return app;
}

class Prices {
  @Page('/prices') all(): readonly number[] {
    return [1, 2];
  }
}

@App({ id: 'shop', providers: [Prices] })
class Shop {
  #last = 'none';
  constructor(@Inject(Prices) readonly prices: Prices) {}

  @OnStart() begin(): void {
    called.push('start hook');
  }
  @OnStop() end(): void {
    called.push('stop hook');
  }
  @Handler(orders) take(order: string): void {
    this.#last = order;
  }
  @Page('/last') last({ path }: { readonly path: string }): string {
    return `${path}: ${this.#last}`;
  }
}

describe('a component of another package', () => {
  it('is opened with the members of all classes, as methods of their instances', async () => {
    const running = await start(Shop);
    await running.send(orders, { value: 'an order' });
    await running.settled();
    expect([...(site?.keys() ?? [])].sort()).toEqual(['/last', '/prices']);
    expect(await site?.get('/last')?.()).toBe('/last: an order');
    expect(await site?.get('/prices')?.()).toEqual([1, 2]);
  });

  it('runs after the start hooks, and until the stop hooks', async () => {
    await (await start(Shop)).stop();
    expect(called).toEqual(['start hook', 'open shop', 'close', 'stop hook']);
  });

  it('is not opened in an app that has no members of it', async () => {
    @App({ id: 'plain' })
    class Plain {
      @Handler(orders) take(): void {}
    }
    await start(Plain);
    expect(site).toBeUndefined();
  });

  describe('while a member runs', () => {
    let release: () => void;
    @App({ id: 'slow', shutdownTimeout: '1s' })
    class Slow {
      @Page('/slow') slow(): Promise<void> {
        return new Promise((resolve) => {
          release = resolve;
        });
      }
    }

    it('is waited for by a test', async () => {
      const running = await start(Slow);
      const answer = site?.get('/slow')?.();
      let isSettled = false;
      const settled = running.settled().then(() => {
        isSettled = true;
      });
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      expect(isSettled).toBe(false);
      release();
      await Promise.all([settled, answer]);
    });

    it('is told by a stop that takes too long', async () => {
      const running = await start(Slow);
      const worker = await running.join();
      void site?.get('/slow')?.();
      await worker.stop();
      await expect(worker.finished).rejects.toMatchObject({ code: 'SHUTDOWN_INCOMPLETE', message: expect.stringContaining('page /slow') });
      release();
    });
  });

  it('has its faults reported with all others, by its decorator, class and method', () => {
    @App({ id: 'faulty' })
    class Faulty {
      @Page('nowhere') relative(): void {}
      @Page('/static') static never(): void {}
      @Page('/steps') *steps(): Generator<number> {
        yield 1;
      }
      @Page('/both') @Handler(orders) both(): void {}
    }
    return expect(
      start(Faulty).catch((error: DefinitionError) => error.faults.map(({ member, problem }) => `${member}: ${problem}`)),
    ).resolves.toEqual(
      expect.arrayContaining([
        "relative: its path is 'nowhere'",
        'never: @Page stands on a static method',
        'steps: it is a generator, whose code would never run',
        'both: it is declared as work more than once',
      ]),
    );
  });

  it('makes the start fail that it cannot begin with; what had started is stopped', async () => {
    const broken: Component<undefined> = {
      ...{ kind: 'port', decorator: '@Port' },
      open: () => ({
        start: () => Promise.reject(new Error('the port is taken')),
        stop: () => undefined,
      }),
    };
    const Port = () => (declaring: object, method: string | symbol) => declareMember(broken, declaring, method, undefined);
    @App({ id: 'taken' })
    class Taken extends Prices {
      @OnStop() end(): void {
        called.push('stop hook');
      }
      @Port() port(): void {}
    }
    await expect(start(Taken)).rejects.toThrow('the port is taken');
    expect(called).toEqual(['open taken', 'close', 'stop hook']);
  });

  it('that does not stop is the error of the worker, and keeps nothing else from stopping', async () => {
    const stuck: Component<undefined> = {
      ...{ kind: 'port', decorator: '@Port' },
      open: () => ({ start: () => undefined, stop: () => Promise.reject(new Error('the port is in use')) }),
    };
    const Port = () => (declaring: object, method: string | symbol) => declareMember(stuck, declaring, method, undefined);
    @App({ id: 'stuck' })
    class Stuck {
      @OnStop() end(): void {
        called.push('stop hook');
      }
      @Port() port(): void {}
    }
    const running = await start(Stuck);
    const worker = await running.join();
    await worker.stop();
    await expect(worker.finished).rejects.toThrow('the port is in use');
    expect(called).toEqual(['stop hook']);
  });
});
