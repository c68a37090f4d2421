import { open } from 'node:fs/promises';
import path from 'node:path';

/** Reads files of a folder whole, one after another into the same memory: to have new memory for each would take longer than to read it. */
export class WholeFiles {
  readonly #folder: string;
  #memory = Buffer.alloc(0);

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What is in a file, until the next one is read. */
  async read(name: string): Promise<Buffer> {
    const file = await open(path.join(this.#folder, name));
    try {
      const { size } = await file.stat();
      if (this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(size);
      let length = 0;
      for (let more = size; more > 0 && length < size; length += more)
        more = (await file.read(this.#memory, length, size - length, length)).bytesRead;
      return this.#memory.subarray(0, length);
    } finally {
      await file.close();
    }
  }
}
