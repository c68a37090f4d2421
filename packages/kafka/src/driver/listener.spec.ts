import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { speaksPlainly, speaksTls } from './listener.js';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A server that does with a connection what is said. */
async function listening(answer: (write: (bytes: Buffer) => void, hangUp: () => void) => void): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () =>
      answer(
        (bytes) => socket.write(bytes),
        () => socket.destroy(),
      ),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('what listens at an address', () => {
  // A forwarder whose broker is not there yet hangs up too: that is no fault of a property, and waiting helps.
  it('is neither kind of broker when it hangs up', async () => {
    const address = await listening((_, hangUp) => hangUp());
    expect([await speaksPlainly(address), await speaksTls(address)]).toEqual([false, false]);
  });

  it('is a broker without TLS when it answers to the question', async () => {
    const address = await listening((write) => write(Buffer.from([0, 0, 0, 6, 0, 0, 0, 7, 0, 0])));
    expect(await speaksPlainly(address)).toBe(true);
  });

  it('is none when it answers something else', async () => {
    const address = await listening((write) => write(Buffer.from('HTTP/1.1 400 Bad Request')));
    expect([await speaksPlainly(address), await speaksTls(address)]).toEqual([false, false]);
  });

  it('is none when nothing listens', async () => {
    expect([await speaksPlainly('127.0.0.1:1'), await speaksTls('[::1]:1')]).toEqual([false, false]);
  });
});
