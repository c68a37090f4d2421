import { connect } from 'node:net';

// Metadata request, version 5: no topics, no creation of topics. https://kafka.apache.org/protocol#The_Messages_Metadata
const body = Buffer.from([0, 3, 0, 5, 0, 0, 0, 1, 0, 1, 0x77, 0, 0, 0, 0, 0]);
const request = Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]);

/** How many brokers the one at this port knows; 0 while it does not answer. */
export function knownBrokers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    const answer = (count) => {
      resolve(count);
      socket.destroy();
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(1_000, () => answer(0));
    socket.on('error', () => answer(0));
    socket.on('close', () => answer(0));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 16) answer(received.readInt32BE(12));
    });
  });
}
