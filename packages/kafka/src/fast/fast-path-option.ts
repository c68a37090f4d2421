import { ConfigurationError } from '@weir/core/internal/errors';
import type { TransportOptions } from '@weir/core/internal/transport';
import { type FastPath, loadFastPath } from './native.js';

export interface ChosenPath {
  /** Missing where it is switched off or not there. */
  readonly fastPath: FastPath | undefined;
  /** The options without what is ours among the properties. */
  readonly options: TransportOptions;
}

/**
 * Whether the addon moves the messages: where it can be loaded, and `kafka: { fastPath: false }` does not say otherwise.
 * @throws ConfigurationError
 */
export function chosenPath(options: TransportOptions, load = loadFastPath): ChosenPath {
  const { fastPath: wanted = true, ...properties } = options.properties;
  if (typeof wanted !== 'boolean') throw new ConfigurationError('kafka.fastPath', wanted, 'true or false');
  const rest = { ...options, properties };
  if (!wanted) return { fastPath: undefined, options: rest };
  const found = load();
  if (!('missing' in found)) return { fastPath: found, options: rest };
  options.logger.info(
    `the fast path of @weir/kafka is not there: the Kafka driver moves the messages itself, which is slower (${found.missing})`,
  );
  return { fastPath: undefined, options: rest };
}
