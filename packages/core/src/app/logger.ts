import { type Logger, pino } from 'pino';
import { ConfigurationError, loggable, stackOfApplication, trimmedStack, WeirError } from '../errors/index.js';

const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/** The logger of a program that gives none: JSON lines on standard error, at the level of `WEIR_LOGLEVEL` or `warn`. @throws ConfigurationError */
export function standardLogger({ WEIR_LOGLEVEL: wanted }: Readonly<Record<string, string | undefined>>): Logger {
  const level = wanted || 'warn';
  if (!levels.includes(level)) throw new ConfigurationError('WEIR_LOGLEVEL', level, `one of ${levels.join(', ')}`);
  return pino({ level, serializers: { err: errorSerializer() } }, pino.destination(2));
}

/**
 * How an error stands in the log. One of weir says all that its reader needs; of what the application threw there is the stack, without the frames of weir
 * below it.
 * @param isWhole with every stack as it is
 */
export function errorSerializer(isWhole = false): (error: Error) => unknown {
  return (error) => {
    const serialized = pino.stdSerializers.err(error);
    if (isWhole || !(error instanceof Error)) return serialized;
    const stack = stackOfApplication(error);
    if (error instanceof WeirError)
      return { type: error.name, code: error.code, message: error.message, ...(stack !== undefined && { stack }) };
    return { ...serialized, stack: stack ?? trimmedStack(loggable(error).stack ?? '') };
  };
}
