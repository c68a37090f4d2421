import { SystemClock } from '@weir/core/internal/time';
import { describeTransport } from '../../../core/src/transport/transport.contract.js';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';
import { startEmbeddedBroker } from './embedded.js';

/** What the driver alone cannot do, whatever the broker. */
export const driverOnly = {
  'tell null headers from empty ones': 'the driver gives both as no bytes',
  'tell settings': 'the driver has no way to ask',
} as const;

/** The contract on the embedded broker, with the addon or with the driver alone. */
export function describeEmbedded(name: string, fastPath: boolean): void {
  describeTransport(name, {
    open: async () => {
      const broker = await startEmbeddedBroker();
      return {
        transport: () =>
          open({
            broker: broker.url,
            clientId: 'contract',
            clock: new SystemClock(),
            logger: silent,
            properties: { 'topic.metadata.refresh.interval.ms': 500, fastPath },
          }),
        close: () => broker.close(),
      };
    },
    cannot: {
      'create topics': 'the mock cluster gives every topic four partitions and no settings, when it is first asked for',
      'hide open transactions': 'the mock cluster serves uncommitted and aborted messages to everybody',
      'keep offsets of transactions': 'the mock cluster acknowledges the offsets of a transaction and forgets them',
      'fence producers': 'the mock cluster gives every producer a new identity',
      ...(fastPath ? {} : driverOnly),
      'delete records': 'the mock cluster deletes none',
      'delete topics': 'the mock cluster deletes none',
      'tell settings': 'the mock cluster has none',
      'administer groups': 'the mock cluster neither lists nor deletes them',
      'add partitions': 'the mock cluster adds none',
      compact: 'the mock cluster does not compact',
    },
  });
}
