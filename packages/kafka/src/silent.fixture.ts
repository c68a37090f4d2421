import type { TransportOptions } from '@weir/core/internal/transport';

const nothing = (): void => undefined;

/** A logger for tests that say nothing; set TEST_LOG to hear what the clients say. */
export const silent = (process.env.TEST_LOG === undefined
  ? { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing }
  : {
      trace: console.log,
      debug: console.log,
      info: console.log,
      warn: console.log,
      error: console.log,
      fatal: console.log,
    }) as unknown as TransportOptions['logger'];
