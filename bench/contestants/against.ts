import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Contestant } from './contestant.js';

const root = path.join(import.meta.dirname, '../../..');

/** The same contestant of another checkout. Undefined for one that has nothing of weir in it. @throws Error when that checkout is not built */
export function ofCheckout(contestant: Contestant, folder: string): Contestant | undefined {
  const { name, title, command } = contestant;
  if (!title.startsWith('weir')) return undefined;
  const there = path.resolve(folder);
  const moved = command.map((part) => (part.startsWith(root) ? path.join(there, path.relative(root, part)) : part));
  const missing = moved.find((part, index) => part !== command[index] && !existsSync(part));
  if (missing !== undefined)
    throw new Error(`--against ${folder}: there is no ${missing}. Build it: npm run bench -- --help, in that folder`);
  return { ...contestant, name: `${name}-against`, title: `${title}, ${path.basename(there)}`, command: moved };
}
