import { createRequire } from 'node:module';
import { arch, platform, release } from 'node:os';

/** weir's own version. */
export function weirVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
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

/** The Kafka driver, or why there is none. */
export async function describeDriver(): Promise<string> {
  const name = '@weir/kafka';
  try {
    const { loadDriver } = (await import(name)) as { loadDriver?: () => Promise<{ readonly description: string }> };
    if (loadDriver !== undefined) return (await loadDriver()).description;
    return `${name} of another version, which does not tell its driver`;
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND' ? `${name} is not installed` : 'the Kafka driver cannot be loaded';
  }
}
