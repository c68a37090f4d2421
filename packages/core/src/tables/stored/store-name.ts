import { createHash } from 'node:crypto';

/** The longest name that leaves room in the name of a folder for what a store adds. */
const lengthMax = 200;

/** Names the store of a partition group. @param set that of its topics; may have any characters */
export function storeName(set: string, number: number): string {
  const name = `${set}-${number}`;
  if (name.length <= lengthMax && /^[a-zA-Z0-9._-]+$/.test(name)) return name;
  const hash = createHash('sha256').update(set).digest('hex').slice(0, 16);
  return `${set.replace(/[^a-zA-Z0-9._-]/g, '_').slice(0, 100)}-${hash}-${number}`;
}
