import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { baseline } from '../contestants/index.js';
import { describe, type Machine } from './machine.js';
import type { Row } from './rows.js';
import { tables } from './sections.js';

/** Beside the sources, not in the folder of what is compiled. */
const folder = path.join(import.meta.dirname, '../..');
const file = path.join(folder, 'results.json');

/** A row, and the run that it was measured in. */
type Kept = Row & { readonly run: Run };

interface Run {
  /** As ISO 8601, of the end. */
  readonly date: string;
  readonly machine: string;
}

const method = `Written by \`npm run bench\`. Contestants take turns, in reverse order every second round; figures are medians, ratios are taken
round by round. They compare within one run only; what a run did not measure is kept from those before. Every output is checked for count, key
and checksum.`;

/** Puts rows in the place of those that measured the same; the others stay. */
export function writeResults(rows: readonly Row[], on: Machine): void {
  const run = { date: new Date().toISOString(), machine: describe(on) };
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept[]) : [];
  const kept = [...rows.map((row): Kept => ({ ...row, run })), ...stillStanding(before, rows)];
  writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`);
  const said = ({ run: { date, machine } }: Kept) => `Run of ${date.slice(0, 16).replace('T', ' ')} UTC: ${machine}.`;
  writeFileSync(path.join(folder, 'results.md'), `# Results\n\n${method}\n\n${tables(kept, said)}\n`);
}

/** The rows of former runs that are not measured anew. The loop of a run stays as long as there is one that was compared with it. */
function stillStanding(before: readonly Kept[], rows: readonly Row[]): Kept[] {
  const measured = rows.map((row) => `${measure(row)} ${row.contestant}`);
  const stands = (row: Kept) => !measured.includes(`${measure(row)} ${row.contestant}`);
  const compared = (row: Kept) => `${measure(row)} ${row.run.date}`;
  const others = before.filter((row) => row.contestant !== baseline.name && stands(row)).map(compared);
  return before.filter((row) => stands(row) || (row.contestant === baseline.name && others.includes(compared(row))));
}

/** What a contestant was measured in. */
function measure(row: Row): string {
  if (row.scenario === 'latency') return `latency ${row.eventsPerSecond}`;
  if (row.scenario === 'shapes') return `shapes ${row.shape}`;
  if (row.scenario === 'recovery') return `recovery ${row.disk}`;
  return row.scenario === 'processes' ? `processes ${row.processes}` : row.scenario;
}
