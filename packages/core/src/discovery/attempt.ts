import { reason } from '../errors/index.js';

/** Tells what an action throws, if it does. */
export function attempt(action: () => unknown, failed: (problem: string) => void): void {
  try {
    action();
  } catch (thrown) {
    failed(reason(thrown));
  }
}
