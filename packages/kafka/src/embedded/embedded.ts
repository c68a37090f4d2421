import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { reason, TransportError } from '@weir/core/internal/errors';
import { called, closed, opened } from '../driver/calls.js';
import { loadDriver } from '../driver/driver.js';
import type { DriverMetadata, DriverProducer } from '../driver/driver-types.js';

/** A topic that only the embedded broker has: how a client knows where it is. Hidden, as all that begin so. */
export const marker = '__weir_embedded';
/** What the mock cluster of librdkafka gives every topic. */
export const embeddedPartitions = 4;

const startMs = 5_000;

/** A broker in this process, for development. */
export interface EmbeddedBroker {
  readonly port: number;
  /** For the `broker` of an app. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts librdkafka's mock cluster behind a fixed port. Real wire protocol, several processes on this machine, data in memory
 * only. Four partitions a topic; no settings of topics, no compaction, nothing hidden of open transactions.
 * @throws TransportError `DRIVER_MISSING`, or `BROKER_UNREACHABLE` when the port is taken
 */
export async function startEmbeddedBroker({
  port = 0,
  host = '127.0.0.1',
}: {
  readonly port?: number;
  readonly host?: string;
} = {}): Promise<EmbeddedBroker> {
  const driver = await loadDriver();
  const cluster = new driver.Producer({
    'bootstrap.servers': 'replaced-by-the-mock:1',
    'client.id': 'embedded-broker',
    'test.mock.num.brokers': 1,
    log_level: 2,
  });
  const { brokers } = (await opened(cluster, startMs)) as DriverMetadata & {
    readonly brokers: readonly { readonly port: number }[];
  };
  await called(cluster, (done) => cluster.getMetadata({ topic: marker, allTopics: false, timeout: startMs }, done));
  try {
    const forwarder = await forward(port, host, brokers[0]!.port);
    return { port: forwarder.port, url: `kafka://${host}:${forwarder.port}`, close: () => stop(forwarder, cluster) };
  } catch (cause) {
    await closed(cluster, (done) => cluster.disconnect(1, done));
    throw new TransportError(
      `cannot start the embedded broker on ${host}:${port}: ${reason(cause)}. Stop what listens there, or choose another port`,
      {
        code: 'BROKER_UNREACHABLE',
        cause,
      },
    );
  }
}

interface Forwarder {
  readonly port: number;
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

/** The first connection of a client; from the metadata it then knows the real port. */
async function forward(port: number, host: string, to: number): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const broker = connect(to, '127.0.0.1');
    keep(client);
    keep(broker);
    client.pipe(broker).on('error', () => client.destroy());
    broker.pipe(client).on('error', () => broker.destroy());
    client.once('close', () => broker.destroy());
    broker.once('close', () => client.destroy());
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : port, server, sockets };
}

async function stop({ server, sockets }: Forwarder, cluster: DriverProducer): Promise<void> {
  if (!server.listening) return;
  const stopped = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await stopped;
  await closed(cluster, (done) => cluster.disconnect(1, done));
}
