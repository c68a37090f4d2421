import { afterEach, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, unique } from './plain.js';

afterEach(() => Program.killAll());

async function topics(id: string, ...args: string[]) {
  const program = Program.file('tests/kafka/reset-app.ts', id, 'topics', ...args);
  return { code: (await program.ended).code, out: program.out, err: program.err };
}

it('makes the topics of an app on Apache Kafka, changes back what is set otherwise, and does nothing the second time', async () => {
  const id = unique('plan');
  await createTopic(`${id}-visits`, 3);
  await createTopic(`${id}-dead-letters`, 1, { 'retention.ms': '1000', 'segment.bytes': '1048576' });
  await createTopic(`${id}-by-url-repartition`, 2, { 'cleanup.policy': 'compact' });
  expect(await topics(id, 'verify')).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /dead-letters has retention\.ms=1000 and needs retention\.ms=-1\n.*counts-changelog is missing \(2 partitions\)/s,
    ),
  });
  const { code, out } = await topics(id, 'apply', '--yes');
  expect(code).toBe(0);
  expect(out).toContain(`created ${id}-counts-changelog with 2 partitions`);
  expect(out).toContain(`${id}-by-url-repartition: cleanup.policy: compact → delete`);
  expect(await topics(id, 'apply', '--yes')).toMatchObject({ code: 0, out: 'nothing to do: 4 topics are as the app needs them\n' });
  expect(await topics(id, 'verify')).toMatchObject({ code: 0 });
}, 60_000);
