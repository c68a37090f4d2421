import type { Clock } from '@weir/core/internal/time';

const lookMs = 500;

/** What there is to know of the process that has started this one. */
export interface Parent {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Its id; another one when it is gone. */
  id(): number;
}

/**
 * Tells when npm is gone that has started this process. npm (and pnpm, yarn, npx) runs a command in a shell, passes SIGTERM on to that alone, and the
 * command would go on without anybody who could stop it.
 * @returns what ends the watch; `gone` is called once
 */
export function watchParent({ clock, environment, id }: Parent, gone: () => void): () => void {
  if (environment.npm_lifecycle_event === undefined) return () => undefined;
  const first = id();
  let cancel: () => void = () => undefined;
  const look = (): void => {
    if (id() === first) cancel = clock.after(lookMs, look);
    else gone();
  };
  look();
  return () => cancel();
}
