import { Damage } from './damage.js';
import { Varints } from './varints.js';

/** What an edit of a manifest may say, by the number before it. */
const tags = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLog: 9,
} as const;

/** The tables that a database consists of after the edits of its manifest, and the bytes of each. @throws Damage */
export function tablesIn(edits: readonly Buffer[]): ReadonlyMap<number, number> {
  const tables = new Map<number, number>();
  for (const edit of edits) {
    const reader = new Varints(edit);
    while (!reader.isAtEnd) apply(reader.number(), reader, tables);
  }
  return tables;
}

function apply(tag: number, reader: Varints, tables: Map<number, number>): void {
  switch (tag) {
    case tags.comparator:
      reader.text();
      break;
    case tags.logNumber:
    case tags.nextFile:
    case tags.lastSequence:
    case tags.previousLog:
      reader.number();
      break;
    case tags.compactPointer:
      reader.number();
      reader.text();
      break;
    case tags.deletedFile:
      reader.number();
      tables.delete(reader.number());
      break;
    case tags.newFile: {
      reader.number();
      const [number, bytes] = [reader.number(), reader.number()];
      reader.text();
      reader.text();
      tables.set(number, bytes);
      break;
    }
    default:
      throw new Damage(`an edit has the unknown part ${tag}`);
  }
}
