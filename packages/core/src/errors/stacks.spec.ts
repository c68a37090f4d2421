import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { AgentError, ConfigurationError, stackOfApplication, TransportError, trimmedStack } from './index.js';

const core = fileURLToPath(new URL('../../dist/', import.meta.url));
const position = { topic: 'orders', partition: 0, offset: 1 };

function errorOf(message: string, ...frames: string[]): Error {
  const error = new RangeError(message);
  error.stack = [`RangeError: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

const ofUser = ['price (/app/src/price.ts:3:9)', 'Shop.take (/app/src/shop.ts:9:2)'];
const ofWeir = [
  `sequential (file://${core}agents/sequential.js:20:1)`,
  'async Lane.run (/app/node_modules/@weir/core/dist/agents/lane.js:9:1)',
  'processTicksAndRejections (node:internal/process/task_queues:95:5)',
];
const main = 'async file:///app/src/main.ts:4:1';

describe('a stack', () => {
  // Eight frames of ours stood under the only one that helps.
  it('is that of the application, also where its own main called weir', () => {
    expect(trimmedStack(errorOf('gone', ...ofUser, ...ofWeir, main).stack!)).toBe(errorOf('gone', ...ofUser, main).stack);
  });

  it('keeps what stands above the first frame of the application, where it began', () => {
    const frames = ['JSON.parse (<anonymous>)', ofWeir[0]!, ofUser[1]!];
    expect(trimmedStack(errorOf('gone', ...frames, ...ofWeir).stack!)).toBe(errorOf('gone', ...frames).stack);
  });

  it('stays whole when nothing of the application is in it', () => {
    const { stack } = errorOf('gone', ...ofWeir);
    expect(trimmedStack(stack!)).toBe(stack);
  });

  it('keeps the packages that the application uses, and messages of several lines', () => {
    const error = errorOf('one\ntwo', 'Client.query (/app/node_modules/pg/lib/client.js:9:1)', ...ofWeir);
    expect(trimmedStack(error.stack!)).toBe('RangeError: one\ntwo\n    at Client.query (/app/node_modules/pg/lib/client.js:9:1)');
  });
});

describe('what the application threw', () => {
  // With `then: 'stop'` neither the type nor the stack of what the handler threw was anywhere.
  it('is shown with its causes, under the error of weir that it caused', () => {
    const error = errorOf('no price', ...ofUser, ...ofWeir);
    error.cause = errorOf('no row', ofUser[0]!);
    const shown = stackOfApplication(new AgentError('shop', position, { cause: error }));
    expect(shown).toBe(`${errorOf('no price', ...ofUser).stack}\ncaused by: ${errorOf('no row', ofUser[0]!).stack}`);
  });

  it('is shown when it has no frame of its own, as errors of sockets', () => {
    const refused = errorOf('connect ECONNREFUSED', 'TCPConnectWrap.afterConnect (node:net:1555:16)');
    expect(stackOfApplication(new AgentError('shop', position, { cause: refused }))).toBe(refused.stack);
    expect(stackOfApplication(refused)).toBe(refused.stack);
  });

  it('is shown for each part of an aggregate', () => {
    const shown = stackOfApplication(new AggregateError([errorOf('one', ...ofUser), errorOf('two', ...ofUser)]));
    expect(shown).toContain('RangeError: one');
    expect(shown).toContain('RangeError: two');
  });

  it('is nothing where weir and its driver say all that there is', () => {
    expect(stackOfApplication(new ConfigurationError('broker', 'x', 'a URL'))).toBeUndefined();
    const driver = errorOf('Local: timed out', 'Client.onError (/app/node_modules/@confluentinc/kafka-javascript/lib/client.js:1:1)');
    expect(stackOfApplication(new TransportError('no broker', { code: 'BROKER_UNREACHABLE', cause: driver }))).toBeUndefined();
    // A port that was taken was told twice.
    const taken = errorOf('listen EADDRINUSE', 'Server.setupListenHandle [as _listen2] (node:net:1908:16)');
    const told = new TransportError('cannot start: listen EADDRINUSE', { code: 'BROKER_UNREACHABLE', cause: taken });
    expect(stackOfApplication(told)).toBeUndefined();
  });

  it('is shown though it refers to itself, or is no error', () => {
    const error = errorOf('round', ...ofUser);
    error.cause = error;
    expect(stackOfApplication(error)).toBe(error.stack);
    expect(stackOfApplication(new AgentError('shop', position, { cause: 'a text' }))).toBeUndefined();
  });
});
