import { createInterface } from 'node:readline';
import { openTransport } from '@weir/core/app';
import { type Clock, SystemClock } from '@weir/core/time';
import type { OpenTransport } from '@weir/core/transport';

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  /** Whether a person reads it: boxes and colours, not plain lines. */
  readonly isTerminal: boolean;
  /** Width in characters, when there is one. */
  readonly columns?: number;
}

/** Wishes of the user or of the system that the command should end. */
export interface Interrupts {
  /** Calls back at every SIGINT and SIGTERM, until the function that it returns is called. */
  listen(heard: (signal: string) => void): () => void;
}

/** What a command sees of the process it runs in. Tests make their own. */
export interface Shell {
  readonly out: Output;
  readonly err: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  readonly open: OpenTransport;
  /** How the command is called in its help. */
  readonly scriptName: string;
  /** The lines of standard input. */
  lines(): AsyncIterable<string>;
  /** Ends the process on the spot. */
  exit(code: number): void;
}

/** The real one. */
export function processShell(scriptName: string): Shell {
  return {
    out: output(process.stdout),
    err: output(process.stderr),
    environment: process.env,
    clock: new SystemClock(),
    interrupts: { listen },
    open: openTransport,
    scriptName,
    lines: () => createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
    exit: (code) => process.exit(code),
  };
}

function output(stream: NodeJS.WriteStream): Output {
  return { write: (text) => stream.write(text), isTerminal: stream.isTTY === true, columns: stream.columns || undefined };
}

function listen(heard: (signal: string) => void): () => void {
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return () => {
    process.off('SIGINT', heard);
    process.off('SIGTERM', heard);
  };
}
