import { AgentError } from '../../errors/index.js';
import type { BatchEvent } from '../../streams/index.js';
import type { LaneWork } from '../lane-work.js';
import { type Outcome, recoverFrom, resume, setAside, type TryAgain } from './retry.js';

/** Brings an event to its end that runs by itself: from where it was before a rewind, or from its first attempt. */
export async function runAlone(work: LaneWork, event: BatchEvent, tryAgain: TryAgain): Promise<Outcome> {
  if (isCrashing(work, event)) return setAsideCrashing(work, event);
  const state = work.retryState(event);
  if (state !== undefined) return resume(work, event, state, tryAgain);
  const failure = await tryAgain([event], work.isIsolated(event));
  return failure === undefined ? 'finished' : recoverFrom(work, [event], failure, tryAgain);
}

/** Whether the process has ended too often with an event in flight: it is not tried again. */
export function isCrashing({ guard, agent }: LaneWork, event: BatchEvent): boolean {
  return guard !== undefined && guard.crashes(event.offset) >= agent.errors.crashes;
}

/** Sets such an event aside. The next one may end the process before a commit is due: at least once, this one is committed at once. */
export async function setAsideCrashing(work: LaneWork, event: BatchEvent): Promise<Outcome> {
  const { agent, context, guard } = work;
  const tries = guard?.crashes(event.offset) ?? 0;
  const error = new AgentError(agent.name, event.position, {
    cause: `the process ended ${tries} times while it was in flight`,
    code: 'INPUT_CRASHES',
    remedy: 'It is not tried again',
  });
  const outcome = await setAside(work, event, { tries, error, letter: work.retryState(event)?.letter });
  if (outcome === 'finished' && !context.isExact) await context.commit();
  return outcome;
}
