import { connect as connectPlainly, type Socket } from 'node:net';
import { connect as connectSafely } from 'node:tls';

const answerMs = 2_000;
/** ApiVersions, version 0, correlation 7: what every broker answers to anybody. https://kafka.apache.org/protocol#The_Messages_ApiVersions */
const question = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff]);

/** Whether what listens there speaks TLS. For saying why a client without TLS cannot connect: whose certificate it is makes no difference. */
export function speaksTls(address: string): Promise<boolean> {
  const { host, port } = parts(address);
  return answered((yes) => connectSafely({ host, port, rejectUnauthorized: false }, yes));
}

/** Whether a Kafka broker answers there without TLS. */
export function speaksPlainly(address: string): Promise<boolean> {
  return answered((yes) => {
    const socket = connectPlainly(parts(address), () => socket.write(question));
    // The answer begins with its length and the correlation.
    return socket.once('data', (bytes) => bytes.length >= 8 && bytes.readInt32BE(4) === 7 && yes());
  });
}

function answered(open: (yes: () => void) => Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isAnswered: boolean) => {
      resolve(isAnswered);
      socket.destroy();
    };
    const socket = open(() => end(true));
    socket.setTimeout(answerMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}

function parts(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}
