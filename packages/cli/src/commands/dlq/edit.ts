import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { decodeBytes, textOf } from '@weir/core/internal/codecs';
import { codecOf, type Schema } from '@weir/core/internal/definitions';
import { ConfigurationError, reason, withRemedy } from '@weir/core/internal/errors';
import { type Letter, LetterError, type Replacement } from '@weir/core/internal/letters';
import { formatPosition } from '@weir/core/internal/positions';
import { topicsOf } from '@weir/core/internal/topology';
import { UsageError } from '../../arguments/usage.js';
import { bytesOf, keyBytesOf } from '../../arguments/values.js';
import type { Runner, Surroundings } from '../../command.js';
import { type Connection, type ConnectionArguments, describeApp } from '../../connect.js';
import { done, failed } from '../../failure.js';
import { escapeControls } from '../../printing/show-bytes.js';
import type { Shell } from '../../shell.js';
import { withLetters } from './open-letters.js';

interface EditArguments extends ConnectionArguments {
  readonly letter: string;
  readonly value?: string;
  readonly key?: string;
  readonly file?: string;
  readonly force?: boolean;
}

/** How keys and values of a topic are written. */
interface Schemas {
  readonly key: Schema;
  readonly value: Schema;
}

/** `weir dlq edit`: a message that is wrong is put right, and replayed. */
export const edit: Runner = {
  run: (given: EditArguments, around: Surroundings): Promise<number> => {
    const { shell } = around;
    mustSayWhat(given, shell);
    return withLetters(given, around, async (letters, connection) => {
      const letter = await letters.get(given.letter);
      if (letter.outcome !== undefined) throw new LetterError(`${letter.id} was ${letter.outcome} already`, [letter.id]);
      const replacement = await replacementOf(letter, schemasOf(letter.cause.topic, connection), given, shell);
      if (replacement === undefined) {
        shell.err.write('nothing was changed, and nothing is sent\n');
        return failed;
      }
      const { topic, partition, offset } = await letters.edit(letter.id, replacement);
      const position = { topic, partition, offset };
      shell.out.write(`${given.json ? JSON.stringify(position) : formatPosition(position)}\n`);
      return done;
    });
  },
};

function mustSayWhat({ value, file, key }: EditArguments, { isInteractive }: Shell): void {
  if (value !== undefined && file !== undefined) throw new UsageError('--value and --file both give the value. Choose one');
  if (value !== undefined || file !== undefined || key !== undefined || isInteractive) return;
  throw new UsageError('no editor can be opened here: say what to change with --value, --file or --key');
}

/** What of the letter changes, checked as a reader of the topic would. Undefined when it stays as it is. */
async function replacementOf(letter: Letter, schemas: Schemas, given: EditArguments, shell: Shell): Promise<Replacement | undefined> {
  const { value, file, key, force = false } = given;
  const read = (schema: Schema, what: string, as = bytesOf) => (force ? forced(schema, what, as) : as(schema, what));
  const replacement: { key?: Buffer; value?: Buffer } = {};
  if (key !== undefined) replacement.key = read(schemas.key, key, keyBytesOf);
  if (value !== undefined) replacement.value = read(schemas.value, value);
  else if (file !== undefined) replacement.value = await contentOf(file);
  else if (key === undefined) {
    const edited = await editValue(letter, schemas.value, shell);
    if (edited === undefined) return undefined;
    replacement.value = keeping(letter.id, edited, () => read(schemas.value, edited));
  }
  // Also a value that stays is checked: it would only fail again.
  if (!force) mustDecode(schemas.value, replacement.value ?? letter.value);
  return replacement;
}

/** Text that readers cannot decode goes as it stands. */
function forced(schema: Schema, what: string, as: typeof bytesOf): Buffer {
  try {
    return as(schema, what);
  } catch {
    return Buffer.from(what);
  }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ConfigurationError('--file', path, `a file that can be read (${reason(cause)})`, { cause });
  }
}

async function editValue({ id, value }: Letter, schema: Schema, shell: Shell): Promise<string | undefined> {
  if (value !== null && !isUtf8(value)) throw new LetterError(`the value of ${id} is no text: give the new one with --file`, [id]);
  const before = value?.toString() ?? '';
  const isText = schema === 'string' || schema === 'raw';
  const bytes = await shell.edit(before, `${id}.${isText ? 'txt' : 'json'}`);
  const after = keeping(id, bytes.toString(), () => textOf(bytes, 'text'));
  // Editors end a file with a line break.
  const edited = before.endsWith('\n') ? after : after.replace(/\r?\n$/, '');
  return edited === before ? undefined : edited;
}

/** What somebody has typed is not lost when it is refused. */
function keeping<T>(id: string, edited: string, use: () => T): T {
  try {
    return use();
  } catch (thrown) {
    throw new LetterError(withRemedy(reason(thrown), `Nothing is sent. What was written: ${escapeControls(edited)}`), [id]);
  }
}

function mustDecode(schema: Schema, value: Buffer | null): void {
  if (value !== null) decodeBytes(codecOf(schema), value);
}

/** How the app declares a topic; text where it does not, or where no app is named. */
function schemasOf(topic: string, { discovery, options }: Connection): Schemas {
  const declared = discovery === undefined ? [] : topicsOf(describeApp(discovery, options));
  const found = declared.find(({ names }) => names.some((name) => (typeof name === 'string' ? name === topic : name.test(topic))));
  if (found === undefined) return { key: 'raw', value: 'raw' };
  return { key: found.options.key ?? 'string', value: found.options.value ?? (options.codec as Schema | undefined) ?? 'json' };
}
