import { orderOf, type PlainTotal, totalOf } from './order.js';

/** Looks at every output: each order once, the right total under the right key. */
export class Verifier {
  readonly #messages: number;
  readonly #seen: Uint8Array;
  #count = 0;
  #duplicates = 0;
  #wrongKeys = 0;
  #foreign = 0;
  #checksum = 0;

  constructor(messages: number) {
    this.#messages = messages;
    this.#seen = new Uint8Array(messages);
  }

  look(key: string | undefined, value: string): void {
    const total = JSON.parse(value) as PlainTotal;
    this.#count++;
    if (!(total.id >= 0 && total.id < this.#messages)) {
      this.#foreign++;
      return;
    }
    if (this.#seen[total.id]++ > 0) this.#duplicates++;
    if (key !== total.customer || key !== orderOf(total.id).customer) this.#wrongKeys++;
    this.#checksum += cents(total.total);
  }

  /** @throws Error that says what is wrong */
  conclude(who: string): void {
    const missing = this.#seen.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0);
    const wrong = [
      this.#count !== this.#messages && `${this.#count} outputs for ${this.#messages} messages`,
      missing > 0 && `${missing} missing`,
      this.#duplicates > 0 && `${this.#duplicates} more than once`,
      this.#foreign > 0 && `${this.#foreign} of no order`,
      this.#wrongKeys > 0 && `${this.#wrongKeys} under a wrong key`,
      this.#checksum !== expectedChecksum(this.#messages) && `checksum ${this.#checksum}, not ${expectedChecksum(this.#messages)}`,
    ].filter(Boolean);
    if (wrong.length > 0) throw new VerificationError(`${who}: the outputs are wrong: ${wrong.join(', ')}`);
  }
}

/** A contestant did not do its work. */
export class VerificationError extends Error {}

/** Whole cents, so that the sum does not depend on the order. */
function cents(total: number): number {
  return Math.round(total * 100);
}

const known = new Map<number, number>();

function expectedChecksum(messages: number): number {
  let sum = known.get(messages);
  if (sum === undefined) {
    sum = 0;
    for (let id = 0; id < messages; id++) sum += cents(totalOf(orderOf(id)).total);
    known.set(messages, sum);
  }
  return sum;
}
