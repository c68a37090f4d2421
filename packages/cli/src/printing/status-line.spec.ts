import { describe, expect, it } from '@jest/globals';
import { FakeOutput } from '../fake-shell.fixture.js';
import { StatusLine } from './status-line.js';

/** What a terminal shows after all that. */
function screen(written: string): string {
  const lines = written.split('\n').map((line) => line.split('\r').reduce((shown, part) => part + shown.slice(part.length), ''));
  return lines.map((line) => line.trimEnd()).join('\n');
}

describe('a status line', () => {
  it('stays below what is written', () => {
    const out = new FakeOutput();
    const line = new StatusLine(out);
    line.write('before\n');
    line.show('half of it');
    line.write('a line of the log that is longer\n');
    expect(screen(out.text)).toBe('before\na line of the log that is longer\nhalf of it');
  });

  it('leaves nothing of a longer one before it, and nothing at its end', () => {
    const out = new FakeOutput();
    const line = new StatusLine(out);
    line.show('nearly all of it');
    line.show('all');
    expect(screen(out.text)).toBe('all');
    line.show('');
    line.write('after\n');
    expect(screen(out.text)).toBe('after\n');
  });

  it('does not come in between the parts of a line', () => {
    const out = new FakeOutput();
    const line = new StatusLine(out);
    line.show('half');
    line.write('a line ');
    line.show('more');
    line.write('in two parts\n');
    expect(screen(out.text)).toBe('a line in two parts\nmore');
  });

  it('writes nothing while it has nothing to show, and nothing twice', () => {
    const out = new FakeOutput();
    const line = new StatusLine(out);
    line.show('');
    line.write('plain\n');
    expect(out.text).toBe('plain\n');
    line.show('half');
    line.show('half');
    expect(out.text).toBe('plain\nhalf');
  });
});
