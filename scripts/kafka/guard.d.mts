/** Kills what it watches, and removes a folder, when this process has ended in whatever way. */
export class Guard {
  constructor(folder: string);
  watch(pid: number): void;
  forget(pid: number): void;
  release(): Promise<void>;
}
