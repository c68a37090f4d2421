import { afterEach, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, unique } from './plain.js';

afterEach(() => Program.killAll());

const start = (id: string, policy: string) => Program.file('tests/kafka/reset-app.ts', id, 'worker', '-l', 'info', '--topics', policy);

it('starts on Apache Kafka with verify where it has created its topics itself, and not on a changelog that is deleted by time', async () => {
  const id = unique('internal');
  await createTopic(`${id}-visits`, 2);
  for (const policy of ['create', 'verify']) {
    const worker = start(id, policy);
    await worker.logs('ready');
    expect(worker.err).not.toMatch(/kafka-configs|cannot verify/);
    await worker.interrupt();
  }
  const other = unique('internal');
  await createTopic(`${other}-visits`, 2);
  await createTopic(`${other}-counts-changelog`, 2, { 'retention.ms': '1000' });
  const refused = start(other, 'create');
  expect((await refused.ended).code).toBe(1);
  expect(refused.err).toMatch(/cleanup\.policy=delete and needs cleanup\.policy=compact.*kafka-configs\.sh/);
  const slow = unique('internal');
  await createTopic(`${slow}-visits`, 2);
  await createTopic(`${slow}-counts-changelog`, 2, { 'cleanup.policy': 'compact' });
  const warned = start(slow, 'create');
  await warned.logs('ready');
  expect(warned.err).toContain('delete.retention.ms=86400000 and needs delete.retention.ms=604800000');
  await warned.interrupt();
}, 120_000);
