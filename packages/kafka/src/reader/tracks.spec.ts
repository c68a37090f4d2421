import { describe, expect, it } from '@jest/globals';
import type { Batch } from '@weir/core/internal/transport';
import { codes } from '../errors.js';
import { Tracks } from './tracks.js';

const at = { topic: 't', partition: 0 };
const batch = (...offsets: readonly number[]) => ({ ...at, length: offsets.length, offset: (index: number) => offsets[index]! }) as Batch;
const end = (offset: number) => ({ ...at, offset, code: codes.partitionEnd, message: 'end of partition' });
const gone = (offset: number) => ({ ...at, offset, code: codes.noReset, message: 'not on the broker' });

function tracks(offset: number): Tracks {
  const begun = new Tracks();
  begun.begin({ ...at, offset }, 0);
  return begun;
}

describe('how far a reader is with a partition', () => {
  it('is not known before something has come, where it reads from the beginning', () => {
    const some = tracks(-2);
    expect(some.get(at)!.position).toBeUndefined();
    expect(some.heard(end(0), 0)).toBe(true);
    expect(some.get(at)).toMatchObject({ position: 0, isAtEnd: true });
  });

  it('goes with the messages, and beyond them where the client says that it is at the end', () => {
    const some = tracks(3);
    some.read([batch(3, 5)], 0);
    expect(some.get(at)).toMatchObject({ position: 6, isAtEnd: false });
    expect(some.heard(end(9), 0)).toBe(true);
    expect(some.heard(end(9), 0)).toBe(false);
    expect(some.get(at)).toMatchObject({ position: 9, isAtEnd: true });
  });

  it('never goes back, as where messages came behind the end that is told with them', () => {
    const some = tracks(0);
    some.read([batch(0, 1, 2)], 0);
    expect(some.heard(end(2), 0)).toBe(false);
    expect(some.get(at)).toMatchObject({ position: 3, isAtEnd: false });
  });

  it('is an error of the partition where the log does not hold the offset, until it is begun anew', () => {
    const some = tracks(3);
    some.heard(gone(3), 0);
    expect(some.fault).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', partition: at, message: 'cannot read t[0]@3: not on the broker' });
    some.begin({ ...at, offset: 5 }, 0);
    expect(some.fault).toBeUndefined();
    some.heard(gone(5), 0);
    some.end(at);
    expect(some.fault).toBeUndefined();
  });

  it('takes no notice of what is said about a place that was left', () => {
    const some = tracks(5);
    some.heard(gone(3), 0);
    expect(some.fault).toBeUndefined();
    some.end(at);
    expect(some.read([batch(5)], 0)).toEqual([]);
    expect(some.heard(end(6), 0)).toBe(false);
    expect(some.get(at)).toBeUndefined();
  });
});
