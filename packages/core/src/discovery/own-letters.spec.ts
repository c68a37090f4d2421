import { describe, expect, it } from '@jest/globals';
import { agent } from '../agents/index.js';
import { App, Handler } from '../decorators/index.js';
import { topic } from '../definitions/index.js';
import { DefinitionError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { discover } from './index.js';

const orders = topic('orders', { value: 'raw' });
const mended = topic('mended', { value: 'raw' });
const letters = topic('shop-dead-letters', { value: 'raw' });

function problems(appClass: Class): string[] {
  try {
    discover(appClass);
  } catch (error) {
    if (error instanceof DefinitionError) return error.faults.map(({ where, member, problem }) => `${where}.${member}: ${problem}`);
    throw error;
  }
  return [];
}

// One bad message became 951 letters in ten minutes.
describe('an app that reads its own dead letters', () => {
  it('is refused where what fails there is set aside again', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(letters)
      look(): void {}
      @Handler(topic(['orders', 'shop-dead-letters'], { value: 'raw' }))
      both(): void {}
    }
    expect(problems(Shop)).toEqual([
      "Shop.look: it reads 'shop-dead-letters', to which a message that fails here would come back for ever",
      "Shop.both: it reads 'shop-dead-letters', to which a message that fails here would come back for ever",
    ]);
  });

  it('is taken where what fails there is skipped or stops, by the agent or by the app', () => {
    @App({ id: 'shop', errors: { then: 'skip' } })
    class Shop {
      @Handler(letters)
      look(): void {}
      @Handler(letters, { errors: { then: 'stop' }, sinks: [mended] })
      mend(): Buffer {
        return Buffer.from('mended');
      }
      @Handler(orders, { errors: { then: 'dead-letter' }, sinks: [letters] })
      setAside(): void {}
    }
    expect(problems(Shop)).toEqual([]);
  });

  it('is refused where its results come back there, over sinks of others and of agents too', () => {
    class Returning {
      @Handler(topic('mended', { value: 'raw' }), { sinks: [topic('returned', { value: 'raw' })] })
      pass(): Buffer {
        return Buffer.from('mended');
      }
      @Handler(topic(/^ret/, { value: 'raw' }), { sinks: [letters] })
      back(): void {}
    }
    @App({ id: 'shop', errors: { then: 'skip' }, providers: [Returning] })
    class Shop {
      @Handler(letters, { sinks: [letters] })
      itself(): void {}
      @Handler(letters, { sinks: [mended] })
      over(): void {}
      @Handler(letters, { sinks: [agent(Returning, 'pass')] })
      overAnAgent(): Buffer {
        return Buffer.from('mended');
      }
      @Handler(letters, { sinks: [orders] })
      elsewhere(): void {}
    }
    expect(problems(Shop)).toEqual(
      ['itself', 'over', 'overAnAgent'].map(
        (member) => `Shop.${member}: what it reads from 'shop-dead-letters' comes back there by sinks, for ever`,
      ),
    );
  });

  it('does not mind the dead letters of others', () => {
    @App({ id: 'alerts' })
    class Alerts {
      @Handler(letters)
      look(): void {}
    }
    expect(problems(Alerts)).toEqual([]);
  });
});
