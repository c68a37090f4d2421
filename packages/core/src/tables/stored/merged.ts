/** The values of several iterators that are in order each, in the order of all. All begin in the turn in which the first value is asked for. */
export async function* merged<T>(sources: readonly AsyncIterator<T>[], compare: (one: T, other: T) => number): AsyncGenerator<T> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  try {
    for (let open = heads.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
      const first = open.reduce((least, head) => (compare(head.next.value, least.next.value) < 0 ? head : least));
      yield first.next.value;
      const next = first.source.next();
      first.next = await next;
    }
  } finally {
    for (const { source } of heads) await source.return?.();
  }
}

interface Head<T> {
  readonly source: AsyncIterator<T>;
  next: IteratorResult<T>;
}

function isOpen<T>(head: Head<T>): boolean {
  return head.next.done !== true;
}
