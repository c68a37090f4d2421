import { type Clock, SystemClock } from '@weir/core/internal/time';
import { MemoryBroker } from '@weir/core/internal/transport';
import type { Output, Shell } from './shell.js';

/** Text that was written, and a way to wait for more. */
export class FakeOutput implements Output {
  text = '';
  isTerminal = false;
  readonly #waiting: { readonly part: string; resolve(): void }[] = [];

  write(text: string): void {
    this.text += text;
    for (const each of this.#waiting) if (this.text.includes(each.part)) each.resolve();
  }

  /** Resolves when `part` has been written. */
  until(part: string): Promise<void> {
    if (this.text.includes(part)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ part, resolve }));
  }

  get lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }
}

/** A process as a test has it: its own broker behind every URL, signals at will. */
export class FakeShell implements Shell {
  readonly out = new FakeOutput();
  readonly err = new FakeOutput();
  readonly environment: Record<string, string> = {};
  readonly clock: Clock;
  readonly broker: MemoryBroker;
  readonly scriptName = 'weir';
  /** What `exit` was called with. */
  exited: number | undefined;
  input: readonly (string | Buffer)[] = [];
  isInteractive = false;
  /** What the person makes of a text in the editor. */
  editing: (text: string) => string | Buffer = (text) => text;
  /** The texts that were given to the editor, by the names of their files. */
  readonly edited: [name: string, text: string][] = [];
  readonly #listeners = new Set<(signal: string) => void>();
  readonly interrupts = {
    listen: (heard: (signal: string) => void) => {
      this.#listeners.add(heard);
      return () => void this.#listeners.delete(heard);
    },
  };
  constructor(clock: Clock = new SystemClock()) {
    this.clock = clock;
    this.broker = new MemoryBroker({ clock, partitions: 1 });
  }

  open: Shell['open'] = async ({ clientId }) => this.broker.transport({ clientId });

  /** What Ctrl-C does. */
  interrupt(): void {
    for (const heard of [...this.#listeners]) heard('SIGINT');
  }

  /** Commands that would hear it. */
  get listening(): number {
    return this.#listeners.size;
  }

  async *lines(): AsyncIterable<Buffer> {
    for (const line of this.input) yield Buffer.from(line as string);
  }

  async edit(text: string, name: string): Promise<Buffer> {
    this.edited.push([name, text]);
    return Buffer.from(this.editing(text) as string);
  }

  whenIdle(): () => void {
    return () => undefined;
  }

  exit(code: number): void {
    this.exited = code;
  }

  /** The JSON that was printed, line by line. */
  json<T>(): T[] {
    return this.out.lines.map((line) => JSON.parse(line) as T);
  }
}
