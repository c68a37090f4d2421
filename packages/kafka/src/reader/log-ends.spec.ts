import { describe, expect, it } from '@jest/globals';
import type { DriverAdmin, DriverError, DriverOffset } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { ManualClock, turn } from '../manual-clock.fixture.js';
import { askEnds } from './log-ends.js';

const clock = new ManualClock();
const at = (partition: number) => ({ topic: 't', partition });

/** An admin client that answers with an offset for each question, or as it is told. */
function admin(answer: (question: string, partition: number) => Partial<DriverOffset>, refusal?: Partial<DriverError>) {
  const questions: string[] = [];
  const client = {
    listOffsets: (...[partitions, { isolationLevel }, done]: Parameters<DriverAdmin['listOffsets']>) => {
      const question = `${partitions[0]!.offset.timestamp}/${isolationLevel}`;
      questions.push(question);
      if (refusal !== undefined) return done(refusal as DriverError, []);
      return done(
        null,
        partitions.map(({ topic, partition }) => ({ topic, partition, offset: 0, ...answer(question, partition) })),
      );
    },
  };
  return { client: client as unknown as DriverAdmin, questions };
}

const offsets: Readonly<Record<string, number>> = { '-2/0': 1, '-1/1': 5, '-1/0': 9 };

describe('the ends of logs', () => {
  it('are asked for one after the other, from the beginning on, each partition once', async () => {
    const { client, questions } = admin((question, partition) => ({ offset: offsets[question]! + partition }));
    expect(await askEnds(client, clock, [at(2), at(0), at(2)])).toEqual([
      { low: 3, stable: 7, high: 11 },
      { low: 1, stable: 5, high: 9 },
      { low: 3, stable: 7, high: 11 },
    ]);
    expect(questions).toEqual(['-2/0', '-1/1', '-1/0']);
  });

  it('are told of some where others do not exist', async () => {
    const { client } = admin((question, partition) =>
      partition === 1 ? { error: { code: codes.topicMissing, message: 'unknown' } } : { offset: offsets[question]! },
    );
    expect(await askEnds(client, clock, [at(0), at(1)])).toEqual([
      { low: 1, stable: 5, high: 9 },
      expect.objectContaining({ code: 'TOPIC_MISSING', partition: at(1) }),
    ]);
  });

  it('say that all are missing where the driver has nobody to ask', async () => {
    const { client } = admin(() => ({}), { code: codes.noEntry, message: 'no such entry' });
    expect(await askEnds(client, clock, [at(0)])).toEqual([expect.objectContaining({ code: 'TOPIC_MISSING', partition: at(0) })]);
  });

  it('are asked for again where the leader has changed, and of the others no more', async () => {
    let isKnown = false;
    const { client, questions } = admin((question, partition) =>
      isKnown || partition === 0 ? { offset: offsets[question]! } : { error: { code: codes.fencedLeaderEpoch, message: 'older' } },
    );
    const asked = askEnds(client, clock, [at(0), at(1)]);
    await turn();
    isKnown = true;
    await clock.advance(100);
    expect(await asked).toEqual([1, 2].map(() => ({ low: 1, stable: 5, high: 9 })));
    expect(questions).toEqual(['-2/0', '-2/0', '-1/1', '-1/0']);
  });

  // A broker that had just come back was taken for one whose log ends before its beginning, and the worker ended.
  it('are asked for again where a broker says neither an offset nor why not', async () => {
    let isKnown = false;
    const { client } = admin((question) => ({ offset: isKnown ? offsets[question]! : -1001 }));
    const asked = askEnds(client, clock, [at(0)]);
    await turn();
    isKnown = true;
    await clock.advance(100);
    expect(await asked).toEqual([{ low: 1, stable: 5, high: 9 }]);
    isKnown = false;
    const unknown = askEnds(client, clock, [at(0)]);
    for (let each = 0; each < 310; each++) {
      await turn();
      await clock.advance(100);
    }
    expect(await unknown).toEqual([expect.objectContaining({ code: 'BROKER_UNREACHABLE', retriable: true, partition: at(0) })]);
  });

  it('are not known while a partition has no leader, or nobody answers', async () => {
    const leaderless = admin(() => ({ error: { code: codes.timedOut, message: 'timed out' } }));
    expect(await askEnds(leaderless.client, clock, [at(0)])).toEqual([
      expect.objectContaining({ code: 'BROKER_UNREACHABLE', retriable: true, partition: at(0) }),
    ]);
    const away = admin(() => ({}), { code: codes.timedOut, message: 'timed out' });
    await expect(askEnds(away.client, clock, [at(0)])).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true });
  });
});
