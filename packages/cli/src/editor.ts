import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, reason } from '@weir/core/internal/errors';

/**
 * Has a text changed in the editor that VISUAL or EDITOR names, otherwise in vi. The file is gone afterwards.
 * @returns the bytes that it has written: an editor has encodings of its own
 * @throws ConfigurationError when the editor cannot be started or fails: then the text counts as given up
 */
export async function editText(text: string, name: string, environment: Readonly<Record<string, string | undefined>>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-'));
  const path = join(folder, name);
  try {
    await writeFile(path, text, { mode: 0o600 });
    await runEditor(environment.VISUAL || environment.EDITOR || 'vi', path);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The editor may be a command with options, as in `code --wait`: the shell takes it apart, as it does for git. */
function runEditor(editor: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const running = spawn('sh', ['-c', `${editor} "$@"`, editor, path], { stdio: 'inherit' });
    running.once('error', (cause) => reject(unusable(editor, reason(cause))));
    running.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(unusable(editor, `it ended with ${signal ?? code}`));
    });
  });
}

function unusable(editor: string, why: string): ConfigurationError {
  return new ConfigurationError(
    'EDITOR',
    editor,
    `an editor that starts and ends well (${why}; nothing is sent; --value and --file do without)`,
  );
}
