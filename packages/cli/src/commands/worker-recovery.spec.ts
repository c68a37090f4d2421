import { describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic } from '@weir/core';
import { VirtualClock } from '@weir/core/internal/time';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';

const words = topic('words', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const changelog = { topic: 'words-counts-changelog', partition: 0 };

@App({ id: 'words' })
class Words {
  constructor(@Inject(counts) private readonly numbers: Table<string, number>) {}

  @Handler(words)
  count(word: string): void {
    this.numbers.update(word, (n) => n + 1);
  }
}

/** A worker whose changelog does not come before `thaw`, and seconds that pass. */
async function recovering(isTerminal: boolean, ...options: readonly string[]) {
  const clock = new VirtualClock();
  const shell = new FakeShell(clock);
  shell.err.isTerminal = isTerminal;
  const producer = await shell.broker.transport().producer();
  shell.broker.createTopic({ name: changelog.topic, config: { 'cleanup.policy': 'compact' } });
  await producer.send({ ...changelog, key: 'a', value: Buffer.alloc(8) });
  shell.broker.faults.freeze(changelog);
  const turns = async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  };
  const ended = run(['worker', '--accept-reset', ...options], Words, shell);
  await shell.err.until('assigned words[0]');
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await turns();
      clock.advanceTo(clock.now() + 1_000);
    }
    await turns();
  };
  const end = async () => {
    shell.broker.faults.thaw(changelog);
    await pass(3);
    shell.interrupt();
    await pass(1);
    expect(await ended).toBe(0);
  };
  return { shell, pass, end };
}

describe('weir worker that recovers its tables', () => {
  it('logs every five seconds how far it is', async () => {
    const { shell, pass, end } = await recovering(false, '-l', 'info');
    await pass(12);
    expect(shell.err.text.match(/recovering tables: 0 %/g)).toHaveLength(2);
    expect(shell.err.text).not.toContain('"ready"');
    await end();
    expect(shell.err.text).toContain('"entries":1');
    expect(shell.err.text).toContain('"ready"');
  });

  it('shows a bar below its log on a terminal', async () => {
    const { shell, pass, end } = await recovering(true, '-l', 'info');
    await pass(12);
    expect(shell.err.text).toContain('recovering [------------------------] 0 %');
    expect(shell.err.text).toContain('waits for');
    expect(shell.err.text).not.toContain('recovering tables');
    await end();
    const last = shell.err.text.lastIndexOf('recovering [');
    expect(shell.err.text.slice(last)).toMatch(/^recovering .*\r +\r[^\r]*stopped[^\r]*$/s);
  });

  it.each(['-q', '--json'])('shows no bar with %s', async (option) => {
    const { shell, pass, end } = await recovering(true, option, '-l', 'info');
    await pass(12);
    expect(shell.err.text).not.toContain('recovering [');
    await end();
  });
});
