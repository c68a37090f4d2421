/** What an attempt changes in local state: only its own code sees it until the attempt succeeds. */
export interface AttemptWrites {
  /**
   * Makes the changes those of all. May be called again when more was changed.
   * @throws Overtaken when something that the attempt has read was changed since by another one
   */
  apply(): void;
  /**
   * The attempt is about to send something, which cannot be taken back: from here on nothing changes that it has read, until it ends.
   * @returns undefined where that is so at once. Rejects with Overtaken
   * @throws Overtaken
   */
  settle(): Promise<void> | undefined;
  /** The attempt is over: what it has changed since it was last applied is forgotten. */
  drop(): void;
}

/** Another attempt has changed what this one had read: its event runs again, which does not count as a failure. */
export class Overtaken extends Error {
  /** @param until when it makes sense to run again; at once by default */
  constructor(readonly until: Promise<void> = Promise.resolve()) {
    super('another attempt has changed what this one had read: it runs again');
    this.name = 'Overtaken';
  }
}
