import type { Done, Driver, DriverAdmin, DriverClient, DriverMetadata } from './driver-types.js';
import { codes } from './errors.js';
import { arrives, departs } from './process-end.js';

/**
 * The calls of a client that are on their way, each on a thread of Node's pool. They use the memory of the client, which the driver (1.10.1) protects from
 * its own `disconnect` in some of them only: not in `committed`, not in those of transactions, and in none of an admin client.
 */
class Calls {
  /** What rejects the promise of each. */
  readonly #onTheirWay = new Set<(thrown: unknown) => void>();
  #answered: () => void = () => undefined;
  #end: Promise<void> | undefined;

  make<T>(call: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw isClosed();
      const settled = (): void => {
        this.#onTheirWay.delete(reject);
        if (this.#onTheirWay.size === 0) this.#answered();
      };
      this.#onTheirWay.add(reject);
      try {
        call((error, result) => {
          settled();
          if (error) reject(error);
          else resolve(result);
        });
      } catch (thrown) {
        settled();
        throw thrown;
      }
    });
  }

  /** Resolves when none is on its way. None may begin any more, and who waits for one hears at once that the client is closed. */
  end(): Promise<void> {
    this.#end ??= new Promise((resolve) => {
      this.#answered = resolve;
      for (const reject of this.#onTheirWay) reject(isClosed());
      if (this.#onTheirWay.size === 0) resolve();
    });
    return this.#end;
  }
}

const calls = new WeakMap<object, Calls>();

function callsOf(client: object): Calls {
  const known = calls.get(client) ?? new Calls();
  calls.set(client, known);
  return known;
}

/** Calls one of the functions of a client that end with a callback. */
export function called<T = unknown>(client: object, call: (done: Done<T>) => void): Promise<T> {
  return callsOf(client).make(call);
}

/** An admin client on top of another client, which closes with that one: its calls count as calls of the other. */
export function adminOf(driver: Pick<Driver, 'AdminClient'>, client: DriverClient): DriverAdmin {
  const admin = driver.AdminClient.createFrom(client);
  calls.set(admin, callsOf(client));
  return admin;
}

/** Connects a client. Where that fails the driver closes it. */
export async function opened(client: DriverClient, timeout: number): Promise<DriverMetadata> {
  arrives(client);
  try {
    return await called(client, (done) => client.connect({ allTopics: false, timeout }, done));
  } catch (thrown) {
    departs(client);
    throw thrown;
  }
}

/**
 * Closes a client, once no call is on its way.
 * @param disconnect the driver's own
 */
export async function closed(client: DriverClient, disconnect: (done: Done) => void): Promise<void> {
  await callsOf(client).end();
  await new Promise<void>((resolve, reject) => {
    disconnect((error) => {
      departs(client);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** As librdkafka says it of calls that it gives up. */
function isClosed(): Error {
  return Object.assign(new Error('the client is closed'), { code: codes.destroyed });
}
