import { ConfigurationError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';

/**
 * Makes a file a command: `await main(AppClass)` at its end, and `node app.js worker` runs the app. Knows what the `weir` command knows.
 * Sets the exit code; needs the package @weir/cli.
 */
export async function main(appClass: Class, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const name = '@weir/cli';
  let cli: { run(args: readonly string[], appClass?: Class): Promise<number | undefined>; endProcess(code: number): void };
  try {
    cli = (await import(name)) as typeof cli;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new ConfigurationError('main', name, 'the package @weir/cli to be installed. Run: npm install @weir/cli', { cause });
  }
  const code = await cli.run(args, appClass);
  // The file was loaded by a command that is running already, and goes on.
  if (code !== undefined) cli.endProcess(code);
}
