import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/** As tsc writes an app without `"type": "module"`. */
const program = `
const { App, Timer, Worker } = require('@weir/core');
const { IsInt } = require('class-validator');
const { Record, topic, Handler, Inject } = require('@weir/core');
class Order { id; }
IsInt()(Order.prototype, 'id');
Record()(Order);
const orders = topic('orders', { value: Order });
class Shop {
  constructor(out) { this.out = out; }
  async send() { await this.out.send({ value: { id: 7 } }); }
  take(order) { console.log(order instanceof Order, order.id); process.exit(0); }
}
const of = (name) => Object.getOwnPropertyDescriptor(Shop.prototype, name);
Inject(orders)(Shop, undefined, 0);
Timer('20ms')(Shop.prototype, 'send', of('send'));
Handler(orders)(Shop.prototype, 'take', of('take'));
App({ id: 'shop', broker: 'memory://' })(Shop);
Worker.start(Shop);`;

describe('an app in CommonJS', () => {
  it('requires weir, and runs', () => {
    const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8', timeout: 30_000 } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=commonjs', '-e', program], options);
    expect(`${stdout}${stdout === '' ? stderr : ''}`).toBe('true 7\n');
  });
});
