import type { Logger } from 'pino';
import type { RetryStates } from '../../attempts/index.js';
import { StateError } from '../../errors/index.js';
import type { Observers } from '../../observers/index.js';
import type { Assignment, HandOver } from '../../partitions/index.js';
import { formatPartitions, formatPosition, isOfNewerVersion, type Position, type TopicPartition } from '../../positions/index.js';
import type { Clock } from '../../time/index.js';
import type { AssignmentListener, GroupPosition } from '../../transport/index.js';
import type { PartitionHooks } from '../partition-hooks.js';
import type { Readiness } from '../readiness.js';
import type { GroupSets } from './group-sets.js';
import type { TakeOver } from './take-over.js';

export interface RebalanceListenerParts {
  readonly assignment: Assignment;
  readonly retries: RetryStates;
  readonly takeOver: TakeOver;
  readonly sets: GroupSets;
  readonly handOver: HandOver;
  readonly hooks: PartitionHooks;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
  /** How long handlers may run on at a hand-over, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Partitions have come: it is to be seen whether their topics are still the same. */
  readonly lookAtTopics: () => void;
  readonly fail: (error: Error) => void;
}

/** What the worker does when the group gives it partitions, or takes them. */
export class RebalanceListener implements AssignmentListener {
  readonly #parts: RebalanceListenerParts;

  constructor(parts: RebalanceListenerParts) {
    this.#parts = parts;
  }

  assigned(partitions: readonly TopicPartition[]): void {
    const { assignment, retries, takeOver, readiness, observers, lookAtTopics } = this.#parts;
    if (partitions.length > 0) observers.tell('assigned', { partitions });
    retries.keepOnly((at) => assignment.hasEventsOf(at));
    void takeOver.take(partitions).then((first) => first && readiness.begin(first));
    lookAtTopics();
  }

  begins(positions: readonly GroupPosition[]): void {
    const { assignment, sets, fail } = this.#parts;
    const newer = positions.find(({ metadata }) => isOfNewerVersion(metadata));
    const fault = newer === undefined ? sets.conflict(positions) : newerNotes(newer);
    if (fault !== undefined) fail(fault);
    else for (const at of positions) assignment.find(at)?.begin(at);
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { handOver, hooks, clock, logger, observers, drainTimeoutMs } = this.#parts;
    const began = clock.now();
    logger.debug(`handing over ${formatPartitions(partitions)}`);
    await handOver.revoke(partitions, drainTimeoutMs);
    await hooks.revoked(partitions);
    observers.tell('revoked', { partitions, ms: clock.now() - began });
  }

  lost(partitions: readonly TopicPartition[]): void {
    const { handOver, hooks, observers } = this.#parts;
    observers.tell('lost', { partitions });
    handOver.lose(partitions);
    void hooks.revoked(partitions);
  }

  failed(error: Error): void {
    this.#parts.fail(error);
  }
}

function newerNotes(at: Position): StateError {
  return new StateError(
    `a newer version of weir has noted beside the offset of ${formatPosition(at)} what its agents have completed, and this version cannot read it: run the newer one, or begin anew with \`weir reset\` or another \`version\` of the app`,
    { code: 'FORMAT_NEWER' },
  );
}
