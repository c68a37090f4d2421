import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? '.', '../..');

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A program of ours as a process, and what it prints. */
export class Program {
  static readonly #running = new Set<Program>();
  readonly #process: ChildProcess;
  readonly #ended: Promise<Ending>;
  #out = '';
  #err = '';
  #heard = () => {};

  private constructor(args: readonly string[]) {
    this.#process = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#heard();
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#heard();
    });
    this.#ended = once(this.#process, 'close').then(([code, signal]) => {
      Program.#running.delete(this);
      this.#heard();
      return { code: code as number | null, signal: signal as string | null };
    });
    Program.#running.add(this);
  }

  /** `weir …`. */
  static weir(...args: string[]): Program {
    return new Program(['packages/cli/bin/weir.js', ...args]);
  }

  /** A TypeScript file of an app, without weir's command. */
  static file(path: string, ...args: string[]): Program {
    return new Program(['--import', '@oxc-node/core/register', path, ...args]);
  }

  /** Ends what a failed test has left. */
  static killAll(): void {
    for (const program of Program.#running) program.#process.kill('SIGKILL');
  }

  /** Resolves when standard output has all these texts; rejects, with what was printed, when the program ends before. */
  async prints(...texts: string[]): Promise<void> {
    await this.#until(() => texts.every((text) => this.#out.includes(text)), `printed ${texts.join(', ')}`);
  }

  /** The same for standard error. */
  async logs(text: string): Promise<void> {
    await this.#until(() => this.#err.includes(text), `logged ${text}`);
  }

  /** Resolves when it prints anything more, or ends. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  /** Lines of standard output that begin so. */
  lines(start: string): string[] {
    return this.#out.split('\n').filter((line) => line.startsWith(start));
  }

  get ended(): Promise<Ending> {
    return this.#ended;
  }

  /** Sends a signal and tells how the program ended. */
  interrupt(signal: NodeJS.Signals = 'SIGINT'): Promise<Ending> {
    this.#process.kill(signal);
    return this.#ended;
  }

  /** Has it stop in order; rejects, with what it logged, when that goes wrong. */
  async stopped(): Promise<void> {
    const { code, signal } = await this.interrupt('SIGTERM');
    if (code !== 0) throw new Error(`it ended with ${code ?? signal}. It logged:\n${this.#err}`);
  }

  async #until(isDone: () => boolean, what: string): Promise<void> {
    while (!isDone()) {
      if (!Program.#running.has(this)) throw new Error(`it ended before it ${what}. It printed:\n${this.#out}\n${this.#err}`);
      await this.more();
    }
  }
}
