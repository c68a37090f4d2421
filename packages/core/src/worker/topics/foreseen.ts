import type { Admin, TopicInfo } from '../../transport/index.js';

/** What is known of topics. */
export type Describing = Pick<Admin, 'describe' | 'topics'>;

/** The topics that there will be: those of a cluster, and over them what is planned. */
export class Foreseen implements Describing {
  readonly #now: Describing | undefined;
  readonly #planned = new Map<string, TopicInfo>();

  /** @param now missing where only what is wanted counts */
  constructor(now: Describing | undefined) {
    this.#now = now;
  }

  /** @param partitions −1 while the number is not known */
  plan(name: string, partitions: number): void {
    this.#planned.set(name, { name, partitions });
  }

  async describe(names: readonly string[]): Promise<readonly TopicInfo[]> {
    const found = (await this.#now?.describe(names)) ?? [];
    return this.#over(found, (name) => names.includes(name));
  }

  async topics(): Promise<readonly TopicInfo[]> {
    return this.#over((await this.#now?.topics()) ?? [], () => true);
  }

  #over(found: readonly TopicInfo[], isAsked: (name: string) => boolean): TopicInfo[] {
    const planned = [...this.#planned.values()].filter(({ name }) => isAsked(name));
    return [...found.filter(({ name }) => !this.#planned.has(name)), ...planned];
  }
}
