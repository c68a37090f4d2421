import { isAborted, isRefusal, Overtaken, type RetryState } from '../../attempts/index.js';
import { AgentError, type ErrorCode, reason, TransportError, WeirError } from '../../errors/index.js';
import { type BatchEvent, ParkedEvent } from '../../streams/index.js';
import type { LaneContext } from '../lane-context.js';
import type { Failure, LaneWork } from '../lane-work.js';
import { park } from './parking.js';
import { afterwards, orStopping } from './waiting.js';

/** How events that failed end: they are finished, or left to whoever reads them next. */
export type Outcome = 'finished' | 'left';

/** Makes one attempt of some events: its failure, or undefined when they are finished. */
export type TryAgain = (events: readonly BatchEvent[], isIsolated: boolean) => Promise<Failure | undefined>;

/**
 * The one place where failures are handled, whatever failed: decoding, the handler, a sink or a delivery. Retries with growing waits; events that
 * failed together are then tried one by one; what still fails is set aside as the agent's policy says.
 */
export async function recoverFrom(work: LaneWork, events: readonly BatchEvent[], failure: Failure, tryAgain: TryAgain): Promise<Outcome> {
  const spent = judge(work, events, { tries: triesBefore(work, events), error: failure.error }, failure);
  return spent === undefined ? 'left' : retry(work, events, spent, tryAgain);
}

/** Goes on with an event that was tried before a rewind. */
export function resume(work: LaneWork, event: BatchEvent, state: RetryState, tryAgain: TryAgain): Promise<Outcome> {
  return retry(work, [event], state, tryAgain);
}

async function retry(work: LaneWork, events: readonly BatchEvent[], first: RetryState, tryAgain: TryAgain): Promise<Outcome> {
  let state = first;
  if (state.isSetAside === true) return finish(work, events);
  while (mayRetry(work, state)) {
    if (work.parking !== undefined && events.length === 1) {
      const parked = await park(work, work.parking, events[0], state);
      if (parked !== undefined) return parked === 'parked' ? 'finished' : 'left';
    }
    if (!(await backOff(work, events, state))) return 'left';
    const failure = await tryAgain(events, isToIsolate(work, events, state));
    if (failure === undefined) return 'finished';
    const next = judge(work, events, state, failure);
    if (next === undefined || work.isStopped) return 'left';
    state = next;
  }
  return events.length === 1 ? setAside(work, events[0], state) : oneByOne(work, events, state, tryAgain);
}

/** Attempts from before the events were parked. */
function triesBefore({ parking }: LaneWork, events: readonly BatchEvent[]): number {
  return events.length === 1 ? (parking?.triesOf(events[0]) ?? 0) : 0;
}

/** Their letter is written already. */
function finish(work: LaneWork, events: readonly BatchEvent[]): Outcome {
  for (const event of events) work.finish(event);
  return 'finished';
}

/** Events that keep failing together: each is tried alone, so that only those that fail by themselves are set aside. */
async function oneByOne(work: LaneWork, events: readonly BatchEvent[], state: RetryState, tryAgain: TryAgain): Promise<Outcome> {
  for (const event of events) {
    let failure: Failure | undefined;
    let own: RetryState = { ...state };
    do {
      if (work.isStopped) return 'left';
      failure = await tryAgain([event], isToIsolate(work, [event], own));
      if (failure === undefined) break;
      const next = judge(work, [event], own, failure);
      if (next === undefined) return 'left';
      own = next;
    } while (!failure.isCounted);
    if (failure !== undefined && (await setAside(work, event, own)) === 'left') return 'left';
  }
  return 'finished';
}

/**
 * What events have behind them after an attempt. Undefined when they cannot be tried again here: the lane was given up, or the attempt has left something in
 * the open transaction, which is aborted.
 */
function judge(work: LaneWork, events: readonly BatchEvent[], before: RetryState, failure: Failure): RetryState | undefined {
  if (work.isAbandoned) return undefined;
  const { error } = failure;
  const state = { tries: before.tries + (failure.isCounted ? 1 : 0), error };
  if (!failure.isInTransaction) return state;
  keep(work, events, { ...state, hasAborted: true });
  return undefined;
}

/** What events have spent together is not remembered of one alone: after a rewind each runs by itself. */
function keep(work: LaneWork, events: readonly BatchEvent[], state: RetryState): void {
  if (events.length === 1) work.keepState(events[0], state);
  else for (const event of events) work.keepState(event, { ...state, tries: 0 });
}

/** A message that was refused goes alone next time, so that its refusal is known to be its own. */
function isToIsolate(work: LaneWork, events: readonly BatchEvent[], { error }: RetryState): boolean {
  return isRefusal(error) || events.some((event) => work.isIsolated(event));
}

function mayRetry({ agent: { errors } }: LaneWork, { tries, error }: RetryState): boolean {
  if (tries === 0) return true;
  if (tries > errors.attempts) return false;
  try {
    return errors.retryable(error);
  } catch {
    // A predicate that fails has not said yes.
    return false;
  }
}

/** Waits for the next attempt. False when the lane stops first. What was spent is kept: after a rewind the event goes on where it was. */
async function backOff(work: LaneWork, events: readonly BatchEvent[], state: RetryState): Promise<boolean> {
  const { agent, context, stopping } = work;
  const { tries, error, retryAt } = state;
  // What does not count is tried again at once.
  const full = tries === triesBefore(work, events) ? 0 : agent.errors.backoffMs(tries);
  const waitMs = retryAt === undefined ? full : Math.max(0, retryAt - context.clock.now());
  const due = context.clock.now() + waitMs;
  const failed = { agent: agent.name, at: events[0].position };
  if (error instanceof Overtaken) context.observers.tell('overtaken', failed);
  else context.observers.tell('retried', { ...failed, tries, error, waitMs });
  keep(work, events, { ...state, retryAt: due });
  work.waits(1);
  await orStopping(stopping, (end) => (error instanceof Overtaken ? afterwards(error.until, end) : context.clock.after(waitMs, end)));
  // Should it have the next transaction aborted too, no other event is to run again for it a second time.
  if (state.hasAborted === true && !stopping.aborted) await orStopping(stopping, (end) => afterwards(context.commit(), end));
  await work.readmitted();
  return !stopping.aborted;
}

/** Does with an event what the policy says for one that cannot be processed. */
export async function setAside(work: LaneWork, event: BatchEvent, state: RetryState): Promise<Outcome> {
  const { agent, context } = work;
  const { error, tries } = state;
  if (work.isAbandoned) return 'left';
  const failed = { agent: agent.name, at: event.position, tries, error };
  if (agent.errors.then === 'stop') {
    context.fail(new AgentError(agent.name, event.position, { cause: error, code: codeOf(error), remedy: stopRemedy(event) }));
    return 'left';
  }
  if (agent.errors.then === 'skip') {
    context.observers.tell('skipped', failed);
    work.finish(event);
    return 'finished';
  }
  const failure = await writeLetter(work, event, state);
  if (failure !== undefined) return refusedLetter(work, event, state, failure);
  context.observers.tell('deadLettered', { ...failed, deadLetters: context.deadLetters.topic });
  return 'finished';
}

/** The letter is an attempt of its own: the event is finished in the turn in which the broker has acknowledged it. */
async function writeLetter(work: LaneWork, event: BatchEvent, state: RetryState): Promise<Failure | undefined> {
  const { context, agent } = work;
  const { error, tries, letter } = state;
  const attempt = work.begin(event, letter !== undefined);
  try {
    const message = context.deadLetters.letter(event, agent.name, error, tries, letter === 'alone and now');
    await context.outputs.sendFor(attempt, message);
    // Its lane may have been given up meanwhile, because of another event.
    if (attempt.isRunning) work.succeed(attempt, [event]);
    else if (!context.isExact) work.keepState(event, { ...state, isSetAside: true });
    return undefined;
  } catch (thrown) {
    return work.fail(attempt, thrown);
  }
}

/** A letter that was refused goes out in another way, if there is one: in a transaction, which is aborted for it, after that. */
function refusedLetter(work: LaneWork, event: BatchEvent, state: RetryState, failure: Failure): Outcome | Promise<Outcome> {
  const { agent, context } = work;
  const { error: refused, isInTransaction } = failure;
  if (work.isAbandoned) return 'left';
  const next = nextLetter(event, state, failure);
  if (next !== undefined && !isInTransaction) return setAside(work, event, next);
  if (next !== undefined) work.keepState(event, { ...next, hasAborted: true });
  else if (refused instanceof TransportError && refused.fatal) context.fail(refused);
  else if (!work.stopping.aborted) {
    const remedy = letterRemedy(context, state.error);
    context.fail(new AgentError(agent.name, event.position, { cause: refused, code: 'DELIVERY_FAILED', remedy }));
  }
  return 'left';
}

/** Undefined where nothing else can help. */
function nextLetter({ batch, index }: BatchEvent, state: RetryState, { error }: Failure): RetryState | undefined {
  // One that was not delivered in time was not refused either.
  if (isAborted(error) || (error instanceof TransportError && error.retriable)) return state;
  if (!isRefusal(error)) return undefined;
  if (state.letter === undefined) return { ...state, letter: 'alone' };
  return state.letter === 'alone' && batch.timestamp(index) >= 0 ? { ...state, letter: 'alone and now' } : undefined;
}

function stopRemedy(event: BatchEvent): string {
  const rest =
    event instanceof ParkedEvent
      ? 'and the event stays parked: mend the handler and start again'
      : 'and the offset is not committed: mend the handler or the message and start again';
  return `The worker stops because errors.then is 'stop', ${rest}`;
}

function letterRemedy({ deadLetters }: LaneContext, error: unknown): string {
  return `It cannot be set aside either, the dead-letter topic ${deadLetters.topic} does not take it (the handler's error was: ${reason(error)}). Nothing is committed: make the topic writable and start again`;
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof WeirError ? error.code : 'AGENT_FAILED';
}
