import { assertExact, show } from '../codecs/index.js';
import { CodecError, DecodeError, type FieldFault, reason } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { type RecordOptions, recordOptions } from './options.js';

/** The member of a record's JSON that says of which version it is: the first of those that weir writes, none in version 1. */
const member = 'weir-version';

type Members = Readonly<Record<string, unknown>>;

/** The version of a record class, and how members that earlier ones have written become its own. */
export class Versions {
  readonly current: number;
  readonly #upcast: NonNullable<RecordOptions['upcast']>;
  readonly #first: string;

  private constructor({ version = 1, upcast = {} }: RecordOptions) {
    this.current = version;
    this.#upcast = upcast;
    this.#first = `{"${member}":${version}`;
  }

  static of(record: Class): Versions {
    return new Versions(recordOptions.read(record) ?? {});
  }

  /** Says in the JSON of a record of which version it is. @throws CodecError for one that says so itself */
  mark(text: string, value: object, name: string): string {
    if (this.current === 1 || text[0] !== '{') return text;
    if (member in value) throw new CodecError(`${name}: cannot encode ${show(value)}: its member ${member} is that of weir. Leave it out`);
    return text === '{}' ? `${this.#first}}` : `${this.#first},${text.slice(1)}`;
  }

  /**
   * What a message says, as the current version says it; what is no object is left to others.
   * @param isClosed whether nothing but what is declared gets into the record: its version may stay where it is
   * @throws DecodeError `VERSION_NEWER` for one of a newer version
   */
  bring(plain: unknown, text: string, name: string, isClosed: boolean): unknown {
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain;
    const said = (plain as Members)[member];
    if (said === undefined && this.current === 1) return plain;
    const version = said === undefined ? 1 : said;
    if (!isVersion(version)) throw new DecodeError(name, [fault('a whole number from 1', version)]);
    if (version > this.current) throw this.#newer(version, name);
    if (version === this.current && isClosed) return plain;
    if (version < this.current) assertExact(text, name);
    let { [member]: _, ...members }: Members = plain as Members;
    for (let from = version; from < this.current; from++) members = this.#step(from, members, name);
    return members;
  }

  #step(from: number, members: Members, name: string): Members {
    const made = this.#made(from, members, name);
    if (made instanceof Promise) made.catch(() => undefined);
    else if (typeof made === 'object' && made !== null && !Array.isArray(made)) return made as Members;
    throw new DecodeError(name, [{ path: '', expected: `an object from its upcast ${from}`, received: show(made) }]);
  }

  #made(from: number, members: Members, name: string): unknown {
    try {
      return this.#upcast[from](members);
    } catch (cause) {
      const expected = `a message of version ${from} that its upcast can read`;
      throw new DecodeError(name, [{ path: '', expected, received: `an exception: ${reason(cause)}` }], { cause });
    }
  }

  #newer(version: number, name: string): DecodeError {
    const remedy = `Newer code has written it: run that, and replay what was set aside meanwhile (\`weir dlq replay\`)`;
    return new DecodeError(name, [fault(`a version up to ${this.current}`, version)], { code: 'VERSION_NEWER', remedy });
  }
}

export function isVersion(version: unknown): version is number {
  return Number.isSafeInteger(version) && (version as number) >= 1;
}

function fault(expected: string, received: unknown): FieldFault {
  return { path: member, expected, received: show(received) };
}
