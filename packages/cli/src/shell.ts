import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Clock, SystemClock } from '@weir/core/internal/time';
import type { OpenTransport } from '@weir/core/internal/transport';
import { editText } from './editor.js';
import { watchParent } from './processes/parent.js';

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
  /** Calls back at every SIGINT and SIGTERM, and when the supervisor of this process is gone, or npm that has started it, until the function that it returns is called. */
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
  /** Whether a person sits in front of it who can be asked. */
  readonly isInteractive: boolean;
  /** The lines of standard input, as the bytes that they are. */
  lines(): AsyncIterable<Buffer>;
  /**
   * Has the person change a text in their editor.
   * @param name of the file, whose ending tells the editor what it is
   * @returns the bytes that it has written
   */
  edit(text: string, name: string): Promise<Buffer>;
  /** Calls `tell` when nothing is left in the process that could go on, and ends it with the code that gives; until the function that it returns is called. */
  whenIdle(tell: () => number): () => void;
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
    open: async (options) => (await import('@weir/core/internal/app')).openTransport(options),
    scriptName,
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    edit: (text, name) => editText(text, name, process.env),
    lines: () => linesOf(process.stdin),
    whenIdle,
    exit: (code) => process.exit(code),
  };
}

function output(stream: NodeJS.WriteStream): Output {
  return { write: (text) => stream.write(text), isTerminal: stream.isTTY === true, columns: stream.columns || undefined };
}

/**
 * The lines of a stream as bytes. It is read as a character for each byte: read as UTF-8, other bytes would become something else, and a line would
 * end at a U+2028 in it.
 */
export async function* linesOf(stream: Readable): AsyncIterable<Buffer> {
  const input = stream.setEncoding('latin1');
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield Buffer.from(line, 'latin1');
}

/** Whether the command was asked to end. */
let isAsked = false;

/**
 * How long a finished command may go on closing connections before the process ends anyway: a handler that never settles must not keep it
 * alive.
 */
const graceMs = 1_000;
/** The same for one that was asked to end. */
const askedMs = 300;

/** Ends the process with a code when its command is done. */
export function endProcess(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), isAsked ? askedMs : graceMs).unref();
}

function whenIdle(tell: () => number): () => void {
  const end = (): void => process.exit(tell());
  process.once('beforeExit', end);
  return () => void process.off('beforeExit', end);
}

function listen(heard: (signal: string) => void): () => void {
  let isFirst = true;
  const hear = (signal: string): void => {
    isFirst = false;
    isAsked = true;
    heard(signal);
  };
  // npm may go as soon as it has passed the signal on: that is not a second one.
  const unlessHeard = (): void => {
    if (isFirst) hear('parent');
  };
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  // One of several workers stops with its supervisor, and does not wait for it otherwise.
  process.on('disconnect', hear);
  process.channel?.unref();
  const parent = { clock: new SystemClock(), environment: process.env, id: () => process.ppid };
  const end = process.channel === undefined ? watchParent(parent, unlessHeard) : () => undefined;
  return () => {
    end();
    process.off('SIGINT', hear);
    process.off('SIGTERM', hear);
    process.off('disconnect', hear);
  };
}
