import { Slices } from '../slices.js';

interface Head<T> {
  readonly source: AsyncIterator<readonly T[]>;
  some: readonly T[];
  at: number;
}

/**
 * The values of several sources that are in order each, in the order of all. All begin in the turn in which the first value is asked for. Gives the thread back
 * every few milliseconds.
 * @param give what is made of each
 */
export async function* merged<T, R>(
  sources: readonly AsyncIterator<readonly T[]>[],
  compare: (one: T, other: T) => number,
  give: (value: T) => R,
): AsyncGenerator<R> {
  const slices = new Slices();
  try {
    const heads = await Promise.all(sources.map((source) => next({ source, some: [], at: 0 })));
    for (let open = heads.filter(isOpen); open.length > 0; ) {
      const head = open.length === 1 ? open[0] : open.reduce((least, each) => (compare(headOf(each), headOf(least)) < 0 ? each : least));
      yield give(head.some[head.at++]);
      if (slices.isOver()) await slices.next();
      if (head.at < head.some.length) continue;
      await next(head);
      open = open.filter(isOpen);
    }
  } finally {
    for (const source of sources) await source.return?.();
  }
}

/** Values that are there, or none at the end. */
async function next<T>(head: Head<T>): Promise<Head<T>> {
  head.at = 0;
  do {
    const { value, done } = await head.source.next();
    head.some = done === true ? [] : value;
    if (done === true) break;
  } while (head.some.length === 0);
  return head;
}

function isOpen<T>({ some }: Head<T>): boolean {
  return some.length > 0;
}

function headOf<T>({ some, at }: Head<T>): T {
  return some[at];
}
