import type { DriverProperties } from '../driver/driver-types.js';
import type { Addon, FastPath } from './native.js';

/** A client of the driver that the addon serves too. */
export interface Attached {
  readonly addon: Addon;
  /** What the addon calls it. */
  readonly number: number;
}

export interface Made<C> {
  readonly client: C;
  /** Missing where the driver is to move the messages. */
  readonly attached?: Attached;
}

const plugins = 'plugin.library.paths';

/**
 * Makes a client of the driver, with the addon as its plugin.
 * @param hasReports whether the addon listens to what becomes of messages
 */
export function attach<C>(
  fastPath: FastPath | undefined,
  hasReports: boolean,
  properties: DriverProperties,
  make: (properties: DriverProperties) => C,
): Made<C> {
  if (fastPath === undefined) return { client: make(properties) };
  const { addon, path } = fastPath;
  const given = properties[plugins];
  const number = addon.arm(hasReports);
  let isOurs = false;
  let client: C | undefined;
  try {
    client = make({ ...properties, [plugins]: typeof given === 'string' && given !== '' ? `${given};${path}` : path });
  } catch {
    // Where it is not the plugin that the driver refuses, it says so again.
  } finally {
    isOurs = addon.disarm();
  }
  if (client === undefined) return { client: make(properties) };
  return { client, ...(isOurs && { attached: { addon, number } }) };
}

/** What serves a client once it is connected: the addon has seen it by then, or never will. */
export function connected(attached: Attached | undefined): Attached | undefined {
  return attached?.addon.isOpen(attached.number) ? attached : undefined;
}
