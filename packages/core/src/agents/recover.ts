import { AgentError, type ErrorCode, formatPosition, reason, WeirError } from '../errors/index.js';
import type { BatchEvent } from '../streams/index.js';
import { formatMs } from '../time/index.js';
import type { BoundAgent, LaneContext, Spent } from './agent.js';

/** How a failure ended: the event is finished, or it stays unfinished because the lane is closing or the worker stops. */
export type Recovery = 'finished' | 'abandoned';

/** What `recover` needs of the lane that met the failure. */
export interface Patient {
  readonly agent: BoundAgent;
  readonly context: LaneContext;
  /** Aborted when the lane is to come to rest: a waiting retry is given up and the event left to the next owner. */
  readonly stopping: AbortSignal;
  /** Told when a retry begins and ends to wait. */
  backingOff(isWaiting: boolean, event: BatchEvent): void;
}

/**
 * The one place where failures are handled, whatever failed: decoding, the handler, a sink or a delivery.
 * Retries with growing waits, then sets the event aside as the agent's policy says.
 * @param again tries the event once more
 */
export async function recover(patient: Patient, event: BatchEvent, failure: unknown, again: () => unknown): Promise<Recovery> {
  const outcome = await retry(patient, event, failure, again);
  return typeof outcome === 'string' ? outcome : setAside(patient, event, outcome.error, outcome.tries);
}

/** The retries of `recover`, for those who know better what to do when they are used up. */
export async function retry(patient: Patient, event: BatchEvent, failure: unknown, again: () => unknown): Promise<Recovery | Spent> {
  const spent = { tries: 1, error: failure };
  return isUndone(patient, event, spent) ? 'abandoned' : retryFrom(patient, event, spent, again);
}

/** Goes on with an event whose earlier tries were undone with their transaction. */
export async function resume(patient: Patient, event: BatchEvent, spent: Spent, again: () => unknown): Promise<Recovery> {
  const outcome = await retryFrom(patient, event, spent, again);
  return typeof outcome === 'string' ? outcome : setAside(patient, event, outcome.error, outcome.tries);
}

async function retryFrom(patient: Patient, event: BatchEvent, spent: Spent, again: () => unknown): Promise<Recovery | Spent> {
  const { agent, context } = patient;
  let { tries, error } = spent;
  while (mayRetry(agent, { tries, error })) {
    const waitMs = agent.errors.backoffMs(tries);
    context.logger.warn(
      { agent: agent.name, at: formatPosition(event), tries, error: reason(error) },
      `failed, trying again in ${formatMs(waitMs)}`,
    );
    if (!(await backOff(patient, event, waitMs))) return 'abandoned';
    tries++;
    event.mark = context.transaction?.count ?? 0;
    try {
      await again();
      return 'finished';
    } catch (next) {
      error = next;
    }
    if (patient.stopping.aborted || isUndone(patient, event, { tries, error })) return 'abandoned';
  }
  return { error, tries };
}

function mayRetry({ errors }: BoundAgent, { tries, error }: Spent): boolean {
  return tries <= errors.attempts && errors.retryable(error);
}

/**
 * A try that failed after it had sent something cannot be repeated within its transaction: that is aborted first. So it is for a try that ran
 * out of its time: its handler runs on, and what it sends later must be known not to count.
 */
function isUndone({ agent, context: { transaction } }: Patient, event: BatchEvent, spent: Spent): boolean {
  if (transaction === undefined) return false;
  const runsOn = spent.error instanceof AgentError && spent.error.code === 'HANDLER_TIMEOUT';
  if (!runsOn && transaction.count === event.mark) return false;
  transaction.undo(agent.name, event, spent);
  return true;
}

/** Does with an event what the policy says for one that cannot be processed. */
export async function setAside({ agent, context, stopping }: Patient, event: BatchEvent, error: unknown, tries: number): Promise<Recovery> {
  const about = { agent: agent.name, at: formatPosition(event), tries, err: error };
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
    if (!stopping.aborted)
      context.fail(
        new AgentError(agent.name, position, { cause: refused, code: 'DELIVERY_FAILED', remedy: deadLetterRemedy(context, error) }),
      );
    return 'abandoned';
  }
  context.logger.error({ ...about, deadLetters: context.deadLetters.topic }, 'set aside an event that cannot be processed');
  return 'finished';
}

const STOP_REMEDY =
  "The worker stops because errors.then is 'stop', and the offset is not committed: mend the handler or the message and start again";

function deadLetterRemedy({ deadLetters }: LaneContext, error: unknown): string {
  return `It cannot be set aside either, the dead-letter topic ${deadLetters.topic} does not take it (the handler's error was: ${reason(error)}). Nothing is committed: make the topic writable and start again`;
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof WeirError ? error.code : 'AGENT_FAILED';
}

/** Waits out a back-off. False when the lane is to come to rest first. */
function backOff(patient: Patient, event: BatchEvent, ms: number): Promise<boolean> {
  const { stopping, context } = patient;
  if (stopping.aborted) return Promise.resolve(false);
  patient.backingOff(true, event);
  return new Promise((resolve) => {
    const end = (inTime: boolean) => {
      cancel();
      stopping.removeEventListener('abort', stop);
      patient.backingOff(false, event);
      resolve(inTime);
    };
    const stop = () => end(false);
    const cancel = context.clock.after(ms, () => end(true));
    stopping.addEventListener('abort', stop, { once: true });
  });
}
