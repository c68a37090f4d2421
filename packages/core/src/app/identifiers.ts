import type { ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Clock } from '../time/index.js';

/** What `@Inject(CLOCK)` gives: the clock of the worker, which a test can turn. */
export const CLOCK: ServiceIdentifier<Clock> = Symbol.for('weir:clock');

/** What `@Inject(LOGGER)` gives: the logger of the worker. */
export const LOGGER: ServiceIdentifier<Logger> = Symbol.for('weir:logger');
