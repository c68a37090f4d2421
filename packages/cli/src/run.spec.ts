import { beforeEach, describe, expect, it } from '@jest/globals';
import { openTransport } from '@weir/core/internal/app';
import { FakeShell } from './fake-shell.fixture.js';
import { run } from './run.js';
import { Shop } from './shop.fixture.js';

let shell: FakeShell;
beforeEach(() => {
  shell = new FakeShell();
});

const weir = (...args: string[]) => run(args, undefined, shell);

describe('the command line', () => {
  it('shows help and starts nothing without arguments', async () => {
    expect(await weir()).toBe(0);
    expect(shell.out.text).toMatch(/^weir <command> \[options\]/);
    for (const name of ['worker', 'send', 'tail', 'topics', 'agents', 'config', 'broker', 'completion'])
      expect(shell.out.text).toContain(name);
    expect(shell.err.text).toBe('');
  });

  it('has help for each command', async () => {
    expect(await weir('worker', '--help')).toBe(0);
    expect(shell.out.text).toContain('--commit-interval');
  });

  it('prints its own version and that of Node', async () => {
    expect(await weir('--version')).toBe(0);
    expect(shell.out.text).toMatch(/^weir \d+\.\d+\.\d+\nNode \d+/);
  });

  it('prints a script for completion, and completes', async () => {
    expect(await weir('completion')).toBe(0);
    expect(shell.out.text).toContain('begin-weir-completions');
  });

  it.each([
    [['wrker'], 'Did you mean worker?'],
    [['worker', '--brokr', 'x'], 'Did you mean --broker?'],
    [['worker', '--commit-intervl', '5s'], 'worker has no option --commit-intervl. Did you mean --commit-interval?'],
    [['worker', '-l', 'loud'], '--loglevel is "loud"'],
    [['worker', '--broker'], 'needs a value'],
    [['worker', '-b', 'kafka://a:1', '-b', 'kafka://b:1'], '--broker is given more than once'],
    [['send', 'orders'], 'Usage: weir send <target> <value>'],
    [['worker'], 'Name it with -A'],
    [['tail', 'orders', '--from', 'yesterday'], '--from: expected earliest, latest or an offset'],
    [['tail', 'orders', '-n', 'many'], '--limit'],
    [['send', 'orders', 'x', '--header', 'nothing'], '--header: expected name=value'],
    [['send', 'orders', 'x', '--timestamp', 'noon'], '--timestamp'],
    [['send', 'orders', 'x', '--partition', '-1'], '--partition'],
    [['topics', '--kafka', 'nothing'], '--kafka: expected name=value'],
    [['broker', '--port', '99999'], '--port'],
    [['topics', '-W', '/nowhere/at/all'], '--workdir: expected a directory'],
  ])('ends with 2 and says what is wrong: %j', async (args, message) => {
    expect(await weir(...args)).toBe(2);
    expect(shell.err.text).toContain(message);
    expect(shell.out.text).toBe('');
  });

  it.each([['send', 'orders', 'x'], ['tail', 'orders'], ['topics']])(
    'refuses a broker in memory for %s, and names the remedy',
    async (...args) => {
      expect(await weir(...args, '-b', 'memory://')).toBe(2);
      expect(shell.err.text).toContain('weir broker');
    },
  );

  it('shows what the application threw, and all that it caused with --debug', async () => {
    shell.open = async () => {
      throw new Error('the broker is on fire', { cause: new Error('a match') });
    };
    expect(await weir('topics')).toBe(1);
    expect(shell.err.text).toMatch(/^error: Error: the broker is on fire\n {4}at .*run\.spec[\s\S]*caused by: Error: a match/);
    expect(await weir('topics', '--debug')).toBe(1);
    expect(shell.err.text).toMatch(/\n {4}at .*\n[\s\S]*caused by Error: a match/);
  });

  // Options of every command were proposed: `weir topics --guarante` was told of --guarantee, which it does not take.
  it.each([
    [['topics', '--al'], 'topics has no option --al. Did you mean --all?'],
    [['tail', 'orders', '--frm', '3'], 'tail has no option --frm. Did you mean --from?'],
    [
      ['topics', '--guarantee', 'x'],
      'topics has no option --guarantee. It is one of worker, topics plan, topics apply, topics verify, config',
    ],
    [['topics', 'plan', '--all'], 'plan has no option --all. Did you mean --app?'],
    [['topics', '--zzzzzzzz'], 'topics has no option --zzzzzzzz\n'],
    [['dlq', 'replay', '--dry-rn'], 'replay has no option --dry-rn. Did you mean --dry-run?'],
    [['worker', '--guarantee', 'once'], 'Choose one of at-least-once, exactly-once'],
  ])('proposes options of the command itself: %j', async (args, told) => {
    expect(await weir(...args)).toBe(2);
    expect(shell.err.text).toContain(told);
  });

  it('shows defaults and choices in the help', async () => {
    expect(await weir('worker', '--help')).toBe(0);
    const help = shell.out.text.replace(/\s+/g, ' ');
    expect(help).toContain('[choices: "at-least-once", "exactly-once"] [default: at-least-once]');
    for (const part of ['[default: 30s]', '[default: kafka://localhost:9092]', '[default: 1s; 100ms with exactly-once]'])
      expect(help).toContain(part);
  });

  // `sasl.password=hunter2` without its --kafka, or with a colon, and a password in the address of the broker were printed as they are.
  it.each([
    ['topics', 'sasl.password=hunter2'],
    ['topics', '--kafka', 'sasl.password:hunter2'],
    ['topics', '--kafka', 'hunter2'],
    ['topics', '-b', 'redis://user:hunter2@host'],
    ['topics', '-b', 'memory://user:hunter2@host'],
    ['config', '-b', 'kafka://user:hunter2@host'],
    ['config', '--json', '-b', 'kafka://user:hunter2@host'],
    ['worker', '-l', 'info', '-b', 'kafka://user:hunter2@host'],
    ['worker', '--workers', '2', '-b', 'memory://user:hunter2@host'],
  ])('shows no secret of the command line: %s %s %s', async (...args) => {
    shell.open = openTransport;
    await run(args, Shop, shell);
    expect(shell.err.text + shell.out.text).not.toContain('hunter2');
    expect(shell.err.text + shell.out.text).not.toBe('');
  });

  it.each([['config'], ['topics']])('warns of variables that nobody reads: %s', async (command) => {
    shell.environment.WEIR_BROKERS = 'kafka://elsewhere:9092';
    expect(await run([command], Shop, shell)).toBe(0);
    expect(shell.err.text).toBe('warning: nobody reads the variable WEIR_BROKERS. Did you mean WEIR_BROKER?\n');
  });

  it('takes no --app where a file is the command', async () => {
    expect(await run(['config', '-A', 'x'], Shop, shell)).toBe(2);
    expect(await run(['config'], Shop, shell)).toBe(0);
  });

  it('keeps errors on standard error with --json', async () => {
    expect(await weir('agents', '--json', '-A', 'nowhere.ts')).toBe(2);
    expect(shell.err.text).toContain('there is no file and no package nowhere.ts');
    expect(shell.out.text).toBe('');
  });
});
