import type { Logger } from 'pino';
import type { MembershipFile } from '../datadir/index.js';
import type { CrashWatch } from '../lanes/index.js';
import type { WorkerObserver } from '../observers/index.js';
import type { Clock } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import type { PreparedTopic, Transport } from '../transport/index.js';

/** What a worker runs on. */
export interface Surroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The topics that were injected; without any, the worker makes its own. */
  readonly topics?: Topics;
  /** Tells workers of one app apart, and stays the same over a restart: static membership and the transactional id. */
  readonly member?: string;
  /** Whether a worker with a name leaves the group at a stop in order. */
  readonly leaves?: boolean;
  /** Where a worker with a name notes its membership for the one after it. */
  readonly membership?: MembershipFile;
  /** Aborted while it starts: it gives up what it has begun, and rejects. Afterwards `stop` is the way. */
  readonly signal?: AbortSignal;
  /** Whether local state may be used though the consumer group has no offsets for it: its events are counted again. @default false */
  readonly acceptReset?: boolean;
  /** A topic that is seen to before the first message to it. */
  readonly prepared?: PreparedTopic | undefined;
  /** Finds out which input ends the process. `close` when the worker is asked to stop, `leave` for what looks like a crash. */
  readonly crashes?: CrashWatch & { close(): void; leave(): void };
  /** Told what happens to it, beside its log. */
  readonly observers?: readonly WorkerObserver[];
}

/** Lets go of what a worker was to run on, and has not. */
export async function letGo({ crashes, membership, transport }: Pick<Surroundings, 'crashes' | 'membership' | 'transport'>): Promise<void> {
  crashes?.close();
  // It has nothing yet, unless another had it before.
  membership?.close(membership.former === undefined, true);
  await transport.close();
}
