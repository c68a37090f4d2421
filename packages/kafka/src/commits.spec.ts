import { describe, expect, it } from '@jest/globals';
import { Commits } from './commits.js';
import type { DriverPartition } from './driver-types.js';
import { codes } from './errors.js';
import { ManualClock, turn } from './manual-clock.fixture.js';

describe('commits', () => {
  it('resolves when the broker has confirmed, not when the request is made', async () => {
    const { commits, requests } = make();
    let isDone = false;
    const committing = commits.commit([at(0, 5)]).then(() => {
      isDone = true;
    });
    await turn();
    expect([requests, isDone]).toEqual([[[at(0, 5)]], false]);
    commits.answered(undefined, [at(0, 5)]);
    await committing;
  });

  it('asks one after the other', async () => {
    const { commits, requests } = make();
    const both = Promise.all([commits.commit([at(0, 1)]), commits.commit([at(0, 2)])]);
    expect(requests).toEqual([[at(0, 1)]]);
    commits.answered(undefined, [at(0, 1)]);
    expect(requests).toEqual([[at(0, 1)], [at(0, 2)]]);
    commits.answered(undefined, [at(0, 2)]);
    await both;
  });

  it('does not take a late answer for the next one', async () => {
    const { commits, clock } = make();
    const first = commits.commit([at(0, 1)]).catch((error) => error);
    await clock.advance(60_000);
    expect(await first).toMatchObject({ code: 'COMMIT_FAILED', retriable: true });
    let isDone = false;
    const second = commits.commit([at(0, 2)]).then(() => {
      isDone = true;
    });
    commits.answered(undefined, [at(0, 1)]);
    await turn();
    expect(isDone).toBe(false);
    commits.answered(undefined, [at(0, 2)]);
    await second;
  });

  it('knows an answer whose partitions come in another order', async () => {
    const { commits } = make();
    const committing = commits.commit([at(1, 1), at(0, 2)]);
    commits.answered(undefined, [at(0, 2), at(1, 1)]);
    await committing;
  });

  it('says when the group has moved on, and that trying again does not help', async () => {
    const { commits } = make();
    const committing = commits.commit([at(0, 1)]).catch((error) => error);
    commits.answered({ message: 'illegal generation', code: codes.illegalGeneration }, [at(0, 1)]);
    expect(await committing).toMatchObject({ code: 'COMMIT_FAILED', retriable: false, fatal: false });
  });

  it('hears of one partition that was refused', async () => {
    const { commits } = make();
    const committing = commits.commit([at(0, 1)]).catch((error) => error);
    commits.answered(undefined, [{ ...at(0, 1), error: { message: 'unknown topic', code: codes.topicMissing } }]);
    expect(await committing).toMatchObject({ code: 'COMMIT_FAILED' });
  });

  it('refuses a partition that is not ours any more, also one that went while the commit waited', async () => {
    const { commits, requests, owned } = make();
    const first = commits.commit([at(0, 1)]);
    const second = commits.commit([at(1, 1)]).catch((error) => error);
    owned.delete(1);
    commits.answered(undefined, [at(0, 1)]);
    await first;
    expect(await second).toMatchObject({ code: 'COMMIT_FAILED', retriable: false });
    expect(requests).toHaveLength(1);
  });

  it('rejects what waits when it is closed', async () => {
    const { commits } = make();
    const both = [commits.commit([at(0, 1)]), commits.commit([at(0, 2)])].map((promise) => promise.catch((error) => error.code));
    commits.close();
    expect(await Promise.all(both)).toEqual(['COMMIT_FAILED', 'COMMIT_FAILED']);
  });

  it('has nothing to ask for no offsets, and refuses what is no offset', async () => {
    const { commits, requests } = make();
    await commits.commit([]);
    await expect(commits.commit([at(0, -1)])).rejects.toMatchObject({ code: 'LIFECYCLE_ORDER' });
    await expect(commits.commit([at(0, Number.NaN)])).rejects.toMatchObject({ code: 'LIFECYCLE_ORDER' });
    expect(requests).toEqual([]);
  });
});

function at(partition: number, offset: number) {
  return { topic: 't', partition, offset };
}

function make() {
  const clock = new ManualClock();
  const requests: (readonly DriverPartition[])[] = [];
  const owned = new Set([0, 1]);
  const commits = new Commits({ clock, commit: (offsets) => requests.push(offsets), owns: ({ partition }) => owned.has(partition) });
  return { commits, requests, owned, clock };
}
