import type { Shell } from './shell.js';

/** Whether the person says yes to a question, which is put to them. */
export async function agreed(shell: Pick<Shell, 'err' | 'lines'>, question: string): Promise<boolean> {
  shell.err.write(`${question} [y/N] `);
  for await (const answer of shell.lines()) return /^y(es)?$/i.test(answer.toString().trim());
  return false;
}
