import { ConfigurationError, TransportError } from '../errors/index.js';
import { type OpenTransport, openMemory, type Transport, type TransportOptions } from '../transport/index.js';

/** Opens the transport that a broker URL asks for. The Kafka driver is loaded only for `kafka://`. */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const scheme = /^([a-z]+):\/\//.exec(options.broker)?.[1];
  if (scheme === 'memory') return openMemory(options);
  if (scheme === 'kafka') return (await loadKafka())(options);
  throw new ConfigurationError('broker', options.broker, "a URL such as 'kafka://localhost:9092' or 'memory://'");
}

async function loadKafka(): Promise<OpenTransport> {
  const name = '@weir/kafka';
  try {
    const { open } = (await import(name)) as { readonly open: OpenTransport };
    return open;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TransportError('kafka:// needs the package @weir/kafka, which is not installed. Run: npm install @weir/kafka', {
      code: 'DRIVER_MISSING',
      cause,
      fatal: true,
    });
  }
}
