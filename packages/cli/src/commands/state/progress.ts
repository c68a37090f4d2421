import type { Told } from '@weir/core/internal/app';
import type { GlobalArguments } from '../../arguments/global-options.js';
import { StatusLine } from '../../printing/status-line.js';
import type { Shell } from '../../shell.js';

/** How often it is told how far it is. */
const tellMs = 500;

/** Shows on a terminal how many entries are done, for as long as `work` takes. */
export async function withProgress<T>(
  { quiet }: GlobalArguments,
  shell: Shell,
  doing: string,
  work: (told: Told) => Promise<T>,
): Promise<T> {
  if (!shell.err.isTerminal || quiet) return work(() => undefined);
  const line = new StatusLine(shell.err);
  let entries = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  try {
    return await work((more) => {
      entries += more;
      const now = shell.clock.now();
      if (now - toldAt < tellMs) return;
      toldAt = now;
      line.show(`${doing}: ${entries.toLocaleString('en-GB')} entries`);
    });
  } finally {
    line.show('');
  }
}
