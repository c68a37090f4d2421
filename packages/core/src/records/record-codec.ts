import { Losslessness, parse, parseExactly, show, stringify, type TextCodec } from '../codecs/index.js';
import { CodecError, DecodeError, reason } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { type Coerce, coercion } from './coerce.js';
import { isWrittenOtherwise } from './declarations/declared.js';
import { type Compiler, compile, compiler } from './decoders/compile.js';
import type { Build, Builder } from './decoders/reading.js';
import { judge } from './judge.js';
import { recordName, recordOptions } from './options.js';
import { Versions } from './versions.js';
import { writesOtherwise, written } from './written.js';

/** An object within a record may be of a class that is written as its own decorators say. */
const losslessness = new Losslessness(
  (prototype) => typeof prototype.constructor === 'function' && isWrittenOtherwise(prototype.constructor as Class),
);

const codecs = new WeakMap<Class, TextCodec<object>>();

/**
 * The codec of a record class: JSON on the wire, checked instances of the class in the program. The class needs no
 * `@Record`; its decorators are read when the first message is decoded, and once.
 */
export function recordCodec<T extends object>(record: Class<T>): TextCodec<T> {
  let codec = codecs.get(record);
  if (codec === undefined) {
    codec = new RecordCodec(record, compiler);
    codecs.set(record, codec);
  }
  return codec as TextCodec<T>;
}

/** A codec with a given way of compiling; `recordCodec` is for everyone else. */
export class RecordCodec<T extends object> implements TextCodec<T> {
  readonly form = 'text';
  readonly #record: Class<T>;
  readonly #make: Compiler;
  #builder: Builder | undefined;
  #coerce: Coerce | undefined;
  #name: string | undefined;
  #ready = false;
  #isTransformed: boolean | undefined;
  #versions: Versions | undefined;

  constructor(record: Class<T>, make: Compiler) {
    this.#record = record;
    this.#make = make;
  }

  /** Read late: when the codec is made, `@Record` may still be to come. */
  get name(): string {
    this.#name ??= recordName(this.#record);
    return this.#name;
  }

  /**
   * Compact JSON of an instance or a plain object, as class-transformer writes it. Nothing is validated: the type checker has done that.
   * @throws CodecError with the path of what JSON cannot say
   */
  encode(value: T): string {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new CodecError(`${this.name}: cannot encode ${show(value)}. Give a record or a plain object`);
    this.#isTransformed ??= writesOtherwise(this.#record);
    const text = (this.#isTransformed ? undefined : asItIs(value)) ?? stringify(this.#written(value), this.name);
    return this.#versionsRead.mark(text, value, this.name);
  }

  /** What throws here is a getter or a `@Transform` of the application. */
  #written(value: T): unknown {
    try {
      return written(this.#record, value);
    } catch (cause) {
      throw new CodecError(`${this.name}: cannot encode ${show(value)}: ${reason(cause)}`, { cause });
    }
  }

  /** @throws DecodeError that lists every field that is wrong */
  decode(text: string): T {
    if (!this.#ready) this.#prepare();
    const builder = this.#builder;
    const said = builder?.closed ? parseExactly(text, this.name) : parse(text, this.name);
    const plain = this.#versionsRead.bring(said, text, this.name, builder?.closed === true);
    if (this.#coerce !== undefined) this.#coerce(plain);
    if (builder !== undefined && typeof plain === 'object' && plain !== null && !Array.isArray(plain)) {
      const record = this.#attempt(builder.build, plain as Record<string, unknown>);
      if (record !== undefined) return record as T;
    }
    return judge(this.#record, this.name, this.#unknown, plain, text) as T;
  }

  /** Validators of the application may throw where they should answer no. */
  #attempt(build: Build, plain: Record<string, unknown>): object | undefined {
    try {
      return build(plain);
    } catch (cause) {
      const received = `an exception: ${reason(cause)}`;
      throw new DecodeError(this.name, [{ path: '', expected: `a message that ${this.name} can be built from`, received }], { cause });
    }
  }

  get #versionsRead(): Versions {
    this.#versions ??= Versions.of(this.#record);
    return this.#versions;
  }

  get #unknown(): 'strip' | 'keep' | 'reject' {
    return recordOptions.read(this.#record)?.unknown ?? 'strip';
  }

  #prepare(): void {
    this.#builder = compile(this.#record, this.#unknown, this.#make);
    if (recordOptions.read(this.#record)?.coerce) this.#coerce = coercion(this.#record);
    this.#ready = true;
  }
}

/** The JSON of a record whose members are written as they are; undefined when that is not certain. */
function asItIs(value: object): string | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return losslessness.of(value) ? text : undefined;
  } catch {
    return undefined;
  }
}
