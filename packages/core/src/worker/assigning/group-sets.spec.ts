import { describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { LifecycleError, TransportError } from '../../errors/index.js';
import { writeNotes } from '../../positions/index.js';
import { VirtualClock } from '../../time/index.js';
import type { GroupPosition, GroupState } from '../../transport/index.js';
import { GroupSets, type GroupSetsParts } from './group-sets.js';

const at = (topic: string, set?: string): GroupPosition => ({ topic, partition: 0, offset: 5, metadata: writeNotes(new Map(), { set }) });
const apart = [at('likes'), at('views')];
const together = [at('likes', 'likes,views'), at('views', 'likes,views')];

type GroupAdmin = Parameters<GroupSets['agreed']>[0];

/** A worker that keeps `likes` and `views` together. */
function make(committed: readonly GroupPosition[], parts: Partial<GroupAdmin & GroupSetsParts['consumer']> = {}) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const found = { committed };
  const sets = new GroupSets({
    ...{ clock, group: 'site', subscription: ['likes', 'views'], internal: [] },
    logger: pino({ level: 'warn' }, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) }),
    setNoteOf: () => 'likes,views',
    consumer: {
      committed: async (partitions) =>
        partitions.map((each) => found.committed.find(({ topic }) => topic === each.topic) ?? { ...each, offset: -1 }),
      ...parts,
    },
  });
  const admin: GroupAdmin = {
    groupState: async () => 'active',
    topics: async () => ['likes', 'other', 'views'].map((name) => ({ name, partitions: 1 })),
    ...parts,
  };
  return { sets, agree: (goesOn: () => void) => sets.agreed(admin, goesOn), clock, said, found };
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
};

describe('the sets of a group', () => {
  it('are agreed on where others have noted the same, where nobody has noted anything, and where no other worker runs', async () => {
    await make(together).agree(() => undefined);
    await make([]).agree(() => undefined);
    await make(apart, { groupState: async () => 'empty' }).agree(() => undefined);
    await make(apart, { groupState: undefined }).agree(() => undefined);
  });

  it('are waited for', async () => {
    const { agree, clock, said, found } = make(apart);
    let isAgreed = false;
    const agreed = agree(() => undefined).then(() => (isAgreed = true));
    await turns();
    expect([isAgreed, said.length]).toEqual([false, 1]);
    found.committed = together;
    clock.advanceTo(clock.now() + 1_000);
    await agreed;
  });

  // A worker did not start while somebody's transaction was open.
  it('are not waited for while an open transaction is about to change the offsets', async () => {
    const { agree, clock } = make(apart, { committed: () => new Promise(() => undefined) });
    const agreed = agree(() => undefined);
    await turns();
    clock.advanceTo(clock.now() + 2_000);
    await agreed;
  });

  it('are asked for until a broker answers', async () => {
    let asked = 0;
    const groupState = async (): Promise<GroupState> => {
      if (asked++ === 0) throw new TransportError('away', { code: 'BROKER_UNREACHABLE', retriable: true });
      return 'active';
    };
    const { agree, clock, said } = make(together, { groupState });
    const agreed = agree(() => undefined);
    await turns();
    clock.advanceTo(clock.now() + 1_000);
    await agreed;
    expect([asked, said.length]).toEqual([2, 1]);
  });

  it('are waited for no longer when the worker is asked to stop', async () => {
    const { agree, clock } = make(apart);
    const agreed = agree(() => {
      throw new LifecycleError('stop');
    });
    agreed.catch(() => undefined);
    await turns();
    clock.advanceTo(clock.now() + 1_000);
    await expect(agreed).rejects.toThrow('stop');
  });

  // Workers of two releases that begin at the same time do not see each other.
  it('are in conflict where somebody has noted others since they were agreed on', async () => {
    const { sets, agree } = make(together);
    await agree(() => undefined);
    expect(sets.conflict(together)).toBeUndefined();
    expect(sets.conflict(apart)).toMatchObject({ code: 'TOPIC_SETS_CHANGED' });
  });

  it('are not in conflict with what was noted before the first worker came', async () => {
    const { sets, agree } = make(apart, { groupState: async () => 'empty' });
    await agree(() => undefined);
    expect(sets.conflict(apart)).toBeUndefined();
  });
});
