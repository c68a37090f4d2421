import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ifThere, isLeftBehind, ours, removeEmpty } from '../datadir/index.js';
import type { TopicPartition } from '../positions/index.js';

/** How long a crash is remembered. */
const rememberMs = 60 * 60 * 1_000;
/** Crashes that are remembered, the newest. */
const rememberMax = 50;
const digits = 16;
const nothing = -1;

/** Events of one agent on one partition that were in flight, by their first and last offset. */
export interface InFlightRange extends TopicPartition {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** What is known of one process that did not end in order. */
export interface Crash {
  /** Whether it was noted what was in flight: without notes any event may have been. */
  readonly isKnown: boolean;
  readonly inFlight: readonly InFlightRange[];
}

const none: readonly Crash[] = [];

let opened = 0;

/** Where in the file the note of one attempt stands. It is used again. */
export type Line = number;

/**
 * A file that says what this process has in flight, for the one that comes after it. It is there for as long as the process runs and removed when it
 * ends in order; what is left of a process that is gone tells of a crash. One line for each attempt at a time, its numbers of fixed width and written over in place:
 * what was written outlives the process, though not the machine.
 */
export class CrashJournal {
  readonly #folder: string;
  readonly #name: string;
  readonly #file: number;
  /** What was read, which does not change, by the names of the files. */
  #known = new Map<string, Crash>();
  #crashes: readonly Crash[] = none;
  #end = 0;
  #isOpen = true;

  private constructor(
    folder: string,
    name: string,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#folder = folder;
    this.#name = name;
    // Another that ends may just have removed the folder.
    mkdirSync(folder, { recursive: true });
    this.#file = openSync(path.join(folder, name), 'wx');
    this.#append('notes: no ', undefined);
    ours.add(name);
  }

  /**
   * Turns what processes that are gone have left behind into crashes, and begins a journal.
   * @param failed told once when it cannot be written any more
   * @throws what the file system says
   */
  static open(folder: string, now: number, failed: (error: unknown) => void): CrashJournal {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      if (name.startsWith('run-') && isLeftBehind(Number(name.split('-')[1]), name)) rename(folder, name, now);
    }
    for (const [index, name] of crashNames(folder).reverse().entries()) {
      if (index >= rememberMax || now - timeOf(name) > rememberMs) rmSync(path.join(folder, name), { force: true });
    }
    return new CrashJournal(folder, `run-${process.pid}-${padded(opened++)}-${randomUUID()}`, failed);
  }

  /** The crashes that are remembered, oldest first. None once it is closed: the folder may be gone. */
  crashes(): readonly Crash[] {
    if (!this.#isOpen) return none;
    const names = crashNames(this.#folder);
    const isSame = names.length === this.#known.size && names.every((name) => this.#known.has(name));
    if (isSame) return this.#crashes;
    this.#known = new Map(names.map((name) => [name, this.#known.get(name) ?? read(path.join(this.#folder, name))]));
    this.#crashes = [...this.#known.values()];
    return this.#crashes;
  }

  /** Says whether what is noted is all there is. */
  setNoting(isNoting: boolean): void {
    this.#write(isNoting ? 'notes: yes' : 'notes: no ', 0);
  }

  /** A line for an attempt of an agent on a partition. */
  line(agent: string, { topic, partition }: TopicPartition): Line {
    return this.#append(range(nothing, nothing), { agent, topic, partition });
  }

  /** What is in flight by a line: the offsets from the first to the last; without any, nothing. */
  note(line: Line, from: number = nothing, to: number = from): void {
    this.#write(range(from, to), line);
  }

  /** The process ends in order, or at least not because of what it has in flight. */
  close(): void {
    if (!this.#isOpen) return;
    this.leave();
    rmSync(path.join(this.#folder, this.#name), { force: true });
    removeEmpty(this.#folder);
    removeEmpty(path.dirname(this.#folder));
  }

  /** Leaves the file as a killed process would. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    ours.delete(this.#name);
    closeSync(this.#file);
  }

  #append(text: string, about: object | undefined): Line {
    const start = this.#end;
    const line = `${text}${about === undefined ? '' : ` ${JSON.stringify(about)}`}\n`;
    this.#end += this.#write(line, start);
    return start;
  }

  #write(text: string, start: Line): number {
    if (!this.#isOpen) return 0;
    try {
      return writeSync(this.#file, text, start);
    } catch (error) {
      this.leave();
      this.failed(error);
      return 0;
    }
  }
}

function range(from: number, to: number): string {
  return `${String(from).padStart(digits)} ${String(to).padStart(digits)}`;
}

/** Of several that start at once, one finds the file. */
function rename(folder: string, name: string, now: number): void {
  const file = path.join(folder, name);
  // The last note is nearest to the crash: several that are found together are in order too.
  ifThere(() => renameSync(file, path.join(folder, `crash-${padded(now)}-${padded(statSync(file).mtimeMs)}-${name}`)));
}

function crashNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('crash-'))
    .sort();
}

function padded(number: number): string {
  return String(Math.floor(number)).padStart(digits, '0');
}

function timeOf(crashName: string): number {
  return Number(crashName.split('-')[1]);
}

function read(file: string): Crash {
  const [notes = '', ...lines] = textOf(file).split('\n');
  const inFlight = lines.flatMap((line) => {
    const about = parse(line.slice(2 * digits + 1));
    const [from, to] = numbersOf(line);
    return about === undefined || from === nothing ? [] : [{ ...about, from, to }];
  });
  return { isKnown: notes === 'notes: yes', inFlight };
}

/** Another worker may have forgotten it in between. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function numbersOf(line: string): [number, number] {
  return [Number(line.slice(0, digits)), Number(line.slice(digits, 2 * digits + 1))];
}

/** A line that was cut short says nothing. */
function parse(text: string): Omit<InFlightRange, 'from' | 'to'> | undefined {
  try {
    return JSON.parse(text) as Omit<InFlightRange, 'from' | 'to'>;
  } catch {
    return undefined;
  }
}
