import { ConfigurationError } from '@weir/core/internal/errors';

const defaultPort = 9092;

/** The bootstrap list of a `kafka://host:port,host:port` URL. */
export function bootstrapServers(broker: string): string {
  const hosts =
    /^kafka:\/\/(.+?)\/?$/
      .exec(broker)?.[1]
      ?.split(',')
      .map((host) => host.trim()) ?? [];
  if (hosts.length === 0 || !hosts.every(isHost))
    throw new ConfigurationError('broker', broker, 'kafka://host:port,host:port, with ports up to 65535');
  return hosts.map((host) => (/:\d+$/.test(host) ? host : `${host}:${defaultPort}`)).join(',');
}

function isHost(text: string): boolean {
  const [, , port] = /^(\[[0-9a-fA-F:]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [text, undefined, '0'];
  return port === undefined || (Number(port) > 0 && Number(port) < 65_536);
}
