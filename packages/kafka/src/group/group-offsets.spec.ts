import { describe, expect, it } from '@jest/globals';
import type { Done, DriverPartition } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { GroupOffsets } from './group-offsets.js';

const at = (partition: number, offset?: number) => ({ topic: 't', partition, ...(offset !== undefined && { offset }) });
const three = [0, 1, 2].map((partition) => at(partition));
const failure = (code: number): Error => Object.assign(new Error(`code ${code}`), { code });

describe('the offsets of a group', () => {
  it('are −1 where there are none', async () => {
    const { offsets } = make(() => [at(0, -1_001), at(1), at(2, 5)]);
    expect(await offsets.all(three)).toEqual([at(0, -1), at(1, -1), at(2, 5)]);
    expect(await offsets.known(three)).toEqual([at(0, -1), at(1, -1), at(2, 5)]);
  });

  it('are not asked for where no partition is named', async () => {
    const { offsets, questions } = make(() => []);
    expect([await offsets.all([]), await offsets.known([]), questions]).toEqual([[], [], []]);
  });

  it('are asked for one by one where not all are told in time: a transaction is about to change one', async () => {
    const { offsets, questions, warnings } = make((asked) =>
      asked.some(({ partition }) => partition === 1) ? failure(codes.timedOut) : asked.map(({ partition }) => at(partition, 5)),
    );
    expect(await offsets.known(three)).toEqual([at(0, 5), at(2, 5)]);
    expect(questions).toEqual([[0, 1, 2], [0], [1], [2]]);
    expect(warnings).toEqual([]);
  });

  // Without an end, a coordinator that is away would hold up a group for as long as it has partitions.
  it('are no longer asked for when none is told', async () => {
    const { offsets, questions } = make(() => failure(codes.timedOut));
    expect(await offsets.known(Array.from({ length: 200 }, (_, partition) => at(partition)))).toEqual([]);
    expect(questions.length).toBeLessThanOrEqual(12);
  });

  it('are left out where they cannot be told, with a word about it', async () => {
    const { offsets, warnings } = make(() => [at(0, 5), failure(codes.topicForbidden), at(2, 6)]);
    expect(await offsets.known(three)).toEqual([at(0, 5), at(2, 6)]);
    expect(warnings).toEqual(['cannot ask how far the group has come: code 29']);
  });

  it('are not known where the group cannot be asked, with a word about it', async () => {
    const { offsets, warnings } = make(() => failure(codes.groupForbidden));
    expect(await offsets.known(three)).toEqual([]);
    expect(warnings).toEqual(['cannot ask how far the group has come: code 30']);
  });

  it.each([
    [failure(codes.timedOut), { code: 'BROKER_UNREACHABLE', retriable: true }],
    [failure(codes.groupForbidden), { retriable: false, message: expect.stringContaining('READ on the group') }],
    [[at(0, 5), failure(codes.topicForbidden), at(2, 6)], { message: expect.stringContaining('code 29') }],
  ])('fail as a whole where every one is needed', async (answer, error) => {
    const { offsets } = make(() => answer);
    await expect(offsets.all(three)).rejects.toMatchObject(error);
  });
});

type Answer = readonly (DriverPartition | Error)[] | Error;

function make(answer: (asked: readonly DriverPartition[]) => Answer) {
  const questions: number[][] = [];
  const warnings: string[] = [];
  const member = {
    committed: (asked: readonly DriverPartition[], _: number, done: Done<readonly (DriverPartition | Error)[]>) => {
      questions.push(asked.map(({ partition }) => partition));
      const given = answer(asked);
      if (given instanceof Error) done(given as never, []);
      else done(null, given);
    },
  };
  const offsets = new GroupOffsets({ member: () => member as never, warn: (message) => warnings.push(message) });
  return { offsets, questions, warnings };
}
