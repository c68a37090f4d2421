import type { Letter, LetterGroup, LetterSummary } from '@weir/core/internal/letters';
import { escapeControls, plainBytes, showBytes } from '../../printing/show-bytes.js';
import { table } from '../../printing/table.js';
import type { Output } from '../../shell.js';

const messageWidth = 60;

/** Groups as a table. */
export function groupTable(out: Output, groups: readonly LetterGroup[]): string {
  const head = ['count', 'agent', 'topic', 'error', 'first', 'last', 'fingerprint'];
  return table(
    out,
    head,
    groups.map(({ count, agent, topic, error, first, last, fingerprint }) => [
      count,
      escapeControls(agent),
      topic,
      errorText(error),
      time(first),
      time(last),
      fingerprint,
    ]),
  );
}

/** Letters as a table. */
export function letterTable(out: Output, letters: readonly LetterSummary[]): string {
  const head = ['id', 'agent', 'from', 'key', 'error', 'set aside', 'state'];
  return table(
    out,
    head,
    letters.map(({ id, cause, key, outcome }) => [
      id,
      escapeControls(cause.agent),
      at(cause),
      short(showBytes(key), 30),
      errorText(cause.error),
      time(cause.failedAt),
      outcome ?? 'waiting',
    ]),
  );
}

export function plainGroup({ first, last, ...group }: LetterGroup): unknown {
  return { ...group, first: time(first), last: time(last) };
}

export function plainSummary({ id, cause, key, timestamp, outcome }: LetterSummary): Readonly<Record<string, unknown>> {
  const { failedAt, ...why } = cause;
  return { id, state: outcome ?? 'waiting', ...why, failedAt: time(failedAt), timestamp, key: plainBytes(key) };
}

export function plainLetter(letter: Letter): unknown {
  const headers = letter.headers.map(([name, value]) => [name, plainBytes(value)]);
  return { ...plainSummary(letter), value: plainBytes(letter.value), headers };
}

/** A letter as a whole, one line for each thing that there is to say. */
export function letterText(letter: Letter): string {
  const { id, cause, key, value, headers, timestamp, outcome } = letter;
  const { agent, attempts, error, failedAt, fingerprint, replayOf } = cause;
  const code = error.code === undefined ? '' : ` [${error.code}]`;
  const lines: (readonly [string, string])[] = [
    ['state', outcome ?? 'waiting'],
    ['from', at(cause)],
    ['agent', `${agent}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`],
    ['error', `${error.name}${code}: ${error.message}`],
    ['set aside', time(failedAt)],
    ['fingerprint', fingerprint],
    ...(replayOf === undefined ? [] : [['replay of', replayOf] as const]),
    ...(timestamp < 0 ? [] : [['timestamp', time(timestamp)] as const]),
    ...headers.map(([name, content]) => ['header', `${name}=${showBytes(content)}`] as const),
    ['key', showBytes(key)],
    ['value', showBytes(value)],
  ];
  return `${id}\n${lines.map(([name, content]) => `  ${name.padEnd(12)}${escapeControls(content)}\n`).join('')}`;
}

function at({ topic, partition, offset }: LetterSummary['cause']): string {
  return `${topic}:${partition}:${offset}`;
}

function errorText({ name, message }: LetterGroup['error']): string {
  return short(escapeControls(`${name}: ${message}`), messageWidth);
}

function short(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function time(ms: number): string {
  return Number.isNaN(new Date(ms).getTime()) ? '-' : new Date(ms).toISOString();
}
