import { createRequire } from 'node:module';
import { reason, TransportError } from '@weir/core/internal/errors';
import type { FastPath } from '../fast/native.js';
import { type Driver, driverName } from './driver-types.js';

/** The driver and what it says of itself. */
export interface LoadedDriver extends Driver {
  readonly description: string;
}

/** The driver, and the addon that moves messages in its place where there is one. */
export interface Natives {
  readonly driver: LoadedDriver;
  readonly fastPath: FastPath | undefined;
}

let loading: Promise<LoadedDriver> | undefined;

/**
 * Loads the native driver, once, and only when a Kafka broker is wanted.
 * @throws TransportError `DRIVER_MISSING` when it was not built for this Node
 */
export function loadDriver(): Promise<LoadedDriver> {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw missing(cause);
  });
  return loading;
}

async function load(): Promise<LoadedDriver> {
  const { default: driver } = (await import(driverName)) as { default: { RdKafka: Driver; librdkafkaVersion?: string } };
  const { version } = createRequire(import.meta.url)(`${driverName}/package.json`) as { version: string };
  const { KafkaConsumer, Producer, AdminClient, librdkafkaVersion } = driver.RdKafka;
  return {
    KafkaConsumer,
    Producer,
    AdminClient,
    librdkafkaVersion,
    description: `kafka-javascript ${version}, librdkafka ${librdkafkaVersion}`,
  };
}

/** The one error for an addon that is not there or does not fit. */
export function missing(cause: unknown): TransportError {
  return new TransportError(
    `the native Kafka driver ${driverName} cannot be loaded on Node ${process.version} (${process.platform} ${process.arch}, ${libc()}): ` +
      `${reason(cause).split('\n')[0]}. ${remedy(cause)}`,
    { code: 'DRIVER_MISSING', cause, fatal: true },
  );
}

/** npm leaves out an optional dependency whose installation failed, and counts it as done. */
function remedy(cause: unknown): string {
  const { code } = cause as { readonly code?: unknown };
  const isLeftOut = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  if (isLeftOut) return `npm left it out, because it could not be built. With ${tools}: delete node_modules, and run: npm install`;
  return `It was not built, or for another system. With ${tools}, run: npm rebuild @weir/kafka`;
}

/** What the build needs, by its names on Debian. */
const tools = 'python3, make, g++, libssl-dev, zlib1g-dev and libzstd-dev';

/** The C library that a prebuilt addon would have to match. */
function libc(): string {
  if (process.platform !== 'linux') return 'system libc';
  const report = process.report as { excludeNetwork?: boolean; getReport(): unknown };
  // Without this, naming every open socket can take seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`;
}
