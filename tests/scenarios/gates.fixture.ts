// How specs hold code back, and let the rest of the process go on.

let gates: (() => void)[] = [];

/** Until the test lets go. */
export const gate = (): Promise<void> => new Promise((resolve) => gates.push(resolve));

/** Lets go of all that is held back. */
export function open(): void {
  const held = gates;
  gates = [];
  for (const release of held) release();
}

/** Whatever can go on without the clock does. */
export async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}
