import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, PlainReader, readDecided, unique } from './plain.js';

let datadir: string;
beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-kafka-'));
});
afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
  rmSync(datadir, { recursive: true, force: true });
});

it('the leader calls every second once, over a halt in which another one takes over, where no event has ever come', async () => {
  const id = unique('leader');
  const [orders, seconds] = [`${id}-orders`, `${id}-seconds`];
  await createTopic(orders, 2);
  const start = () => Program.file('tests/kafka/leader-app.ts', id, orders, seconds, datadir);
  const ticks = ({ out }: Program) => out.split('\n').filter((line) => line.startsWith('tick ')).length;
  const until = async (program: Program, count: number) => {
    while (ticks(program) < count) await program.more();
  };
  const one = start();
  await until(one, 3);
  const other = start();
  await other.logs('"msg":"assigned');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const [leader, next] = ticks(other) > 0 ? [other, one] : [one, other];
  const before = ticks(next);
  void leader.interrupt('SIGSTOP');
  // What has passed in the meantime comes at once, and then each second.
  await until(next, before + 10);
  void leader.interrupt('SIGCONT');
  // Either of them, as the group has it.
  const all = ticks(leader) + ticks(next);
  while (ticks(leader) + ticks(next) < all + 5) await Promise.race([leader.more(), next.more()]);
  for (const program of [leader, next]) await program.stopped();
  const times = (await readDecided(seconds, 1)).map(({ value }) => Number(value));
  expect(times.length).toBeGreaterThan(12);
  expect(times).toEqual(times.map((_, index) => times[0] + index * 1_000));
}, 60_000);
