import { createRequire } from 'node:module';
import { arch, platform, release } from 'node:os';

/** weir's own version. */
export function weirVersion(): string {
  const { version } = createRequire(import.meta.url)('@weir/cli/package.json') as { version: string };
  return version;
}

/** `Node 20.20.2 (linux x64, 6.1.0)`. */
export function describeNode(): string {
  return `Node ${process.versions.node} (${platform()} ${arch()}, ${release()})`;
}

/** What `--version` prints: weir, Node, and the Kafka driver if it can be loaded. */
export async function describeVersions(): Promise<string> {
  return [`weir ${weirVersion()}`, describeNode(), await describeDriver()].join('\n');
}

/** The Kafka driver, or why there is none. Loads it alone, and nothing of weir's core. */
export async function describeDriver(): Promise<string> {
  const name = '@weir/kafka/driver';
  try {
    const { loadDriver } = (await import(name)) as { loadDriver: () => Promise<{ readonly description: string }> };
    return (await loadDriver()).description;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return '@weir/kafka of another version, which does not tell its driver';
    return code === 'ERR_MODULE_NOT_FOUND' ? '@weir/kafka is not installed' : 'the Kafka driver cannot be loaded';
  }
}
