import { createRequire } from 'node:module';
import type CliTable from 'cli-table3';
import type { Output } from '../shell.js';

const ascii = {
  top: '-',
  'top-mid': '+',
  'top-left': '+',
  'top-right': '+',
  bottom: '-',
  'bottom-mid': '+',
  'bottom-left': '+',
  'bottom-right': '+',
  left: '|',
  'left-mid': '+',
  mid: '-',
  'mid-mid': '+',
  right: '|',
  'right-mid': '+',
  middle: '|',
};

/** Loaded when something is drawn: a quiet worker draws nothing. */
const load = createRequire(import.meta.url);

export type Cell = string | number;

/** Rows under a head, in a box: of lines on a terminal, of ASCII anywhere else. */
export function table(out: Output, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const drawn = newTable({
    head: [...head],
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 1 },
    ...(out.isTerminal ? {} : { chars: ascii }),
  });
  drawn.push(...rows.map((row) => [...row]));
  return `${drawn.toString()}\n`;
}

/** Names and values in a box under a title. */
export function card(out: Output, title: string, rows: readonly (readonly [string, string])[]): string {
  const drawn = newTable({
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 1 },
    ...(out.isTerminal ? {} : { chars: ascii }),
    ...wrapping(out, rows),
  });
  drawn.push(...rows.map((row) => [...row]));
  return `${titled(drawn.toString(), title)}\n`;
}

function newTable(options: CliTable.TableConstructorOptions): CliTable.Table {
  const Table = load('cli-table3') as typeof CliTable;
  return new Table(options);
}

/** Puts the title into the upper border. */
function titled(box: string, title: string): string {
  const label = ` ${title} `;
  return `${box.slice(0, 2)}${label}${box.slice(2 + label.length)}`;
}

/** On a narrow terminal long values go on in the next line. */
function wrapping(
  { columns }: Output,
  rows: readonly (readonly [string, string])[],
): { colWidths?: number[]; wordWrap?: boolean; wrapOnWordBoundary?: boolean } {
  const names = Math.max(...rows.map(([name]) => name.length)) + 2;
  const values = Math.max(...rows.map(([, value]) => value.length)) + 2;
  if (columns === undefined || names + values + 3 <= columns) return {};
  return { colWidths: [names, Math.max(20, columns - names - 3)], wordWrap: true, wrapOnWordBoundary: false };
}
