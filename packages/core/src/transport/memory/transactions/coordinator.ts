/** Who can be fenced off. */
export interface Fenceable {
  readonly isInTransaction: boolean;
  fence(): void;
}

/** Knows the one producer that holds each transactional id. */
export class Coordinator {
  readonly #holders = new Map<string, Fenceable>();

  /** Gives an id to a producer. Whoever held it is fenced off. */
  claim(transactionalId: string, holder: Fenceable): void {
    this.fence(transactionalId);
    this.#holders.set(transactionalId, holder);
  }

  fence(transactionalId: string): void {
    this.#holders.get(transactionalId)?.fence();
    this.#holders.delete(transactionalId);
  }

  /** Ends every transaction that is open, as if its time were over. */
  expire(): void {
    for (const [id, { isInTransaction }] of [...this.#holders]) if (isInTransaction) this.fence(id);
  }
}
