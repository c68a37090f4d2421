import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type Machine } from './machine.js';
import type { Row } from './rows.js';
import { tables } from './table.js';

/** Beside the sources, not in the folder of what is compiled. */
const folder = path.join(import.meta.dirname, '../..');

const method = `Written by \`npm run bench\`. Contestants take turns, in reverse order every second round; figures are medians, ratios are taken
round by round. They compare within one run only. Every output is checked for count, key and checksum.`;

export function writeResults(rows: readonly Row[], on: Machine): void {
  writeFileSync(path.join(folder, 'results.json'), `${JSON.stringify(rows, undefined, 2)}\n`);
  writeFileSync(path.join(folder, 'results.md'), `# Results\n\n${method}\n\n${describe(on)}.\n\n${tables(rows)}\n`);
}
