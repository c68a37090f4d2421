import { once } from 'node:events';
import { ConfigurationError, TransportError } from '@weir/core/internal/errors';
import type { GlobalArguments } from '../arguments/global-options.js';
import type { Runner, Surroundings } from '../command.js';
import { done } from '../failure.js';
import { untilInterrupted } from '../processes/stop-signals.js';

interface BrokerArguments extends GlobalArguments {
  readonly port: string;
}

/** What @weir/kafka offers. */
interface EmbeddedBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** `weir broker`: a broker for development, in this process. */
export const broker: Runner = {
  async run(given: BrokerArguments, { shell }: Surroundings): Promise<number> {
    const port = portOf(given.port);
    const { signal, end } = untilInterrupted(shell);
    try {
      const running = await startEmbeddedBroker({ port });
      const { url } = running;
      shell.out.write(given.json ? `${JSON.stringify({ url })}\n` : `broker on ${url}; Ctrl-C ends it\n`);
      if (!signal.aborted) await once(signal, 'abort');
      await running.close();
      return done;
    } finally {
      end();
    }
  },
};

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new ConfigurationError('--port', text, 'a whole number from 0 to 65535');
}

async function startEmbeddedBroker(options: { readonly port: number }): Promise<EmbeddedBroker> {
  const name = '@weir/kafka';
  try {
    const kafka = (await import(name)) as { startEmbeddedBroker(options: { readonly port: number }): Promise<EmbeddedBroker> };
    return await kafka.startEmbeddedBroker(options);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TransportError('the broker needs the package @weir/kafka, which is not installed. Run: npm install @weir/kafka', {
      code: 'DRIVER_MISSING',
      cause,
      fatal: true,
    });
  }
}
