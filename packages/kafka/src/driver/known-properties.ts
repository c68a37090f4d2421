import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { driverName } from './driver-types.js';

let names: readonly string[] | undefined;

/** The names of librdkafka's properties, as the driver's types list them; none where they cannot be read. */
export function knownProperties(): readonly string[] {
  names ??= read();
  return names;
}

function read(): string[] {
  try {
    const folder = createRequire(import.meta.url).resolve(`${driverName}/package.json`);
    const types = readFileSync(folder.replace(/package\.json$/, 'types/config.d.ts'), 'utf8');
    return [...new Set([...types.matchAll(/^\s+"([a-z.]+)"\?:/gm)].map(([, name]) => name as string))];
  } catch {
    return [];
  }
}
