import { AgentError, caught, type ErrorCode, formatPosition, loggable, reason, TransportError, WeirError } from '../errors/index.js';
import type { BatchEvent } from '../streams/index.js';
import { type Cancel, formatMs } from '../time/index.js';
import type { BoundAgent, LaneContext, Spent } from './agent.js';
import type { Care } from './careful-outlet.js';
import type { Outputs } from './outputs.js';
import { isRefusal } from './refusals.js';
import type { Rest } from './rest.js';

/** How a failure ended: the event is finished, or it stays unfinished because the lane is closing or the worker stops. */
export type Recovery = 'finished' | 'abandoned';

/** Tries an event once more. */
export type Again = (care: Care) => unknown;

/** What `recover` needs of the lane that met the failure. */
export interface Patient {
  readonly agent: BoundAgent;
  readonly context: LaneContext;
  readonly outputs: Pick<Outputs, 'soFar' | 'afresh'>;
  readonly rest: Rest;
  /** Whether nothing of it counts any more. */
  readonly isAbandoned: boolean;
  /** Told when a try of an event begins and ends to wait. */
  backingOff(event: BatchEvent, isWaiting: boolean): void;
}

/**
 * The one place where failures are handled, whatever failed: decoding, the handler, a sink or a delivery.
 * Retries with growing waits, then sets the event aside as the agent's policy says.
 */
export async function recover(patient: Patient, event: BatchEvent, failure: unknown, again: Again): Promise<Recovery> {
  const outcome = await retry(patient, event, failure, again);
  return typeof outcome === 'string' ? outcome : setAside(patient, event, outcome.error, outcome.tries);
}

/**
 * The retries of `recover`, for those who know better what to do when they are used up.
 * @param size of how many events that failed together it is the first: what they have spent together is not remembered of it alone
 */
export async function retry(patient: Patient, event: BatchEvent, thrown: unknown, again: Again, size = 1): Promise<Recovery | Spent> {
  const failure = caught(thrown);
  const spent = { tries: isInDoubt(patient, failure) ? 0 : 1, error: failure };
  return isUndone(patient, event, failure, isAborted(patient, failure) ? undefined : ofOne(spent, size))
    ? 'abandoned'
    : retryFrom(patient, event, spent, again, size);
}

function ofOne(spent: Spent, size: number): Spent {
  return size === 1 ? spent : { ...spent, tries: 0 };
}

/**
 * Goes on with an event whose earlier tries were undone with their transaction. If that was because of it, what is done by now is made lasting first:
 * should it have the next one undone too, no other event is to run again for it a second time.
 */
export async function resume(patient: Patient, event: BatchEvent, spent: Spent, again: Again): Promise<Recovery> {
  const outcome = await retryFrom(patient, event, spent, again);
  return typeof outcome === 'string' ? outcome : setAside(patient, event, outcome.error, outcome.tries);
}

async function retryFrom(patient: Patient, event: BatchEvent, spent: Spent, again: Again, size = 1): Promise<Recovery | Spent> {
  const { agent, context } = patient;
  // Has its open transaction committed before the first try.
  let isToCommit = spent.hasUndone === true;
  let { tries, error, retryAt } = spent;
  while (mayRetry(agent, { tries, error })) {
    // What is left of a wait that was given up with its transaction.
    const waitMs = retryAt === undefined ? backoffMs(agent, tries) : Math.max(0, retryAt - context.clock.now());
    retryAt = context.clock.now() + waitMs;
    context.logger.warn(
      { agent: agent.name, at: formatPosition(event), tries, ...(tries <= 1 ? { err: loggable(error) } : { error: reason(error) }) },
      `failed, trying again in ${formatMs(waitMs)}`,
    );
    if (!(await backOff(patient, event, waitMs, isToCommit))) {
      context.tried.note(agent.name, event, { ...ofOne({ tries, error }, size), retryAt, hasUndone: isToCommit });
      return 'abandoned';
    }
    retryAt = undefined;
    isToCommit = false;
    event.mark = patient.outputs.soFar;
    try {
      await again(careAfter(error));
      return 'finished';
    } catch (thrown) {
      const next = caught(thrown);
      if (!isAborted(patient, next)) {
        if (!isInDoubt(patient, next)) tries++;
        error = next;
      }
      if (isUndone(patient, event, next, ofOne({ tries, error }, size))) return 'abandoned';
      if (!patient.rest.stopping.aborted) continue;
      if (context.transaction === undefined) context.tried.note(agent.name, event, ofOne({ tries, error }, size));
      return 'abandoned';
    }
  }
  return { error, tries };
}

/** A message that was refused goes alone next time, so that its refusal is known to be its own. */
export function careAfter(error: unknown): Care {
  return isRefusal(error) ? 'alone' : 'own';
}

/** Whether it may be somebody else's message that was refused: the try does not count. */
function isInDoubt({ context }: Patient, error: unknown): boolean {
  return context.outlet.refusals.isInDoubt(error);
}

/** Whether the transaction took nothing more, because of somebody else's message. */
export function isAborted({ context: { transaction } }: Patient, error: unknown): boolean {
  return transaction !== undefined && error instanceof TransportError && error.code === 'TRANSACTION_ABORTED';
}

/** What does not count is tried again at once. */
function backoffMs({ errors }: BoundAgent, tries: number): number {
  return tries === 0 ? 0 : errors.backoffMs(tries);
}

function mayRetry({ errors }: BoundAgent, { tries, error }: Spent): boolean {
  return tries === 0 || (tries <= errors.attempts && isRetryable(errors, error));
}

/** A predicate that fails has not said yes. */
function isRetryable({ retryable }: BoundAgent['errors'], error: unknown): boolean {
  try {
    return retryable(error);
  } catch {
    return false;
  }
}

/** A try that failed after it had sent something cannot be repeated within its transaction: that is aborted first. */
export function isUndone(patient: Patient, event: BatchEvent, error: unknown, spent: Spent | undefined): boolean {
  const { agent, context, outputs } = patient;
  const { transaction } = context;
  // Of a lane that was given up the transaction is undone already, or its messages are held back from the next one.
  if (transaction === undefined || patient.isAbandoned) return false;
  if (!isAborted(patient, error) && outputs.soFar === event.mark) return false;
  transaction.undo(agent.name, event, error, spent);
  return true;
}

/** Does with an event what the policy says for one that cannot be processed. At least once, that is done even if the lane has been given up meanwhile. */
export async function setAside(patient: Patient, event: BatchEvent, error: unknown, tries: number): Promise<Recovery> {
  const { agent, context, outputs } = patient;
  const recovery = await outputs.afresh(() => asPolicySays(patient, event, error, tries));
  if (recovery === 'finished' && context.transaction === undefined) context.tried.setAside(agent.name, event);
  return recovery;
}

async function asPolicySays(patient: Patient, event: BatchEvent, error: unknown, tries: number): Promise<Recovery> {
  const { agent, context, rest } = patient;
  const about = { agent: agent.name, at: formatPosition(event), tries, err: loggable(error) };
  const position = { topic: event.topic, partition: event.partition, offset: event.offset };
  if (agent.errors.then === 'stop') {
    context.fail(new AgentError(agent.name, position, { cause: error, code: codeOf(error), remedy: STOP_REMEDY }));
    return 'abandoned';
  }
  if (agent.errors.then === 'skip') {
    context.logger.error(about, 'skipped an event that cannot be processed');
    return 'finished';
  }
  try {
    await context.deadLetters.write(event, agent.name, error, tries);
  } catch (refused) {
    const { transaction } = context;
    if (refused instanceof TransportError && refused.fatal) context.fail(refused);
    else if (mayBeTaken(patient, event, refused)) {
      if (transaction === undefined) return asPolicySays(patient, event, error, tries);
      transaction.undo(agent.name, event, refused, { tries, error });
    } else if (!rest.stopping.aborted)
      context.fail(
        new AgentError(agent.name, position, { cause: refused, code: 'DELIVERY_FAILED', remedy: deadLetterRemedy(context, error) }),
      );
    return 'abandoned';
  }
  context.logger.error({ ...about, deadLetters: context.deadLetters.topic }, 'set aside an event that cannot be processed');
  return 'finished';
}

/**
 * Whether a dead letter that was refused may be taken after all: one that was refused together with others goes alone the next time, one that was refused for
 * itself with another timestamp. In a transaction that is for the next one.
 */
function mayBeTaken(patient: Patient, event: BatchEvent, refused: unknown): boolean {
  if (isInDoubt(patient, refused) || isAborted(patient, refused)) return true;
  return isRefusal(refused) && patient.context.deadLetters.stampAnew(event, patient.agent.name);
}

const STOP_REMEDY =
  "The worker stops because errors.then is 'stop', and the offset is not committed: mend the handler or the message and start again";

function deadLetterRemedy({ deadLetters }: LaneContext, error: unknown): string {
  return `It cannot be set aside either, the dead-letter topic ${deadLetters.topic} does not take it (the handler's error was: ${reason(error)}). Nothing is committed: make the topic writable and start again`;
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof WeirError ? error.code : 'AGENT_FAILED';
}

/** Waits out a back-off, and then for a commit if there is to be one. False when the lane is to come to rest first. */
async function backOff(patient: Patient, event: BatchEvent, ms: number, isToCommit: boolean): Promise<boolean> {
  const { rest, context } = patient;
  if (rest.stopping.aborted) return false;
  patient.backingOff(event, true);
  await orStopping(rest, (end) => context.clock.after(ms, end));
  if (isToCommit && !rest.stopping.aborted) await orStopping(rest, (end) => afterwards(context.commit(), end));
  await rest.begins(() => patient.backingOff(event, false));
  return !rest.stopping.aborted;
}

function afterwards(pending: Promise<void>, end: () => void): Cancel {
  void pending.then(end);
  return () => {};
}

/** Resolves when what is begun has ended, or the lane is to come to rest. */
function orStopping({ stopping }: Rest, begin: (end: () => void) => Cancel): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const cancel = begin(end);
    stopping.addEventListener('abort', end, { once: true });
  });
}
