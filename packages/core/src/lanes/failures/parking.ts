import { isRefusal, Overtaken, type RetryState } from '../../attempts/index.js';
import { AgentError } from '../../errors/index.js';
import type { BatchEvent } from '../../streams/index.js';
import type { ParkedFor, Parking } from '../lane-context.js';
import type { LaneWork } from '../lane-work.js';
import { orStopping } from './waiting.js';

/** Left: to whoever reads it next. */
export type ParkOutcome = 'parked' | 'left';

/** Parks an event that failed until its next attempt. Undefined where it waits in its lane: there is no room, or the attempt did not count. */
export async function park(work: LaneWork, parking: Parking, event: BatchEvent, state: RetryState): Promise<ParkOutcome | undefined> {
  const { agent, context } = work;
  const { tries, error, retryAt } = state;
  if (tries <= parking.triesOf(event)) return undefined;
  const now = context.clock.now();
  const due = retryAt ?? now + agent.errors.backoffMs(tries);
  const outcome = await parkIn(parking, work, event, { tries, due, error, isRefused: isRefusal(error) });
  if (outcome === 'parked')
    context.observers.tell('retried', { agent: agent.name, at: event.position, tries, error, waitMs: Math.max(0, due - now), until: due });
  return outcome;
}

/** Parks an event behind earlier ones of its key. Where there is no room it waits: free as soon as none is parked any more. */
export async function parkBehind(work: LaneWork, event: BatchEvent): Promise<ParkOutcome | 'free'> {
  const { parking, agent, context, stopping } = work;
  while (parking?.isBehind(event) === true) {
    const outcome = await parkIn(parking, work, event, { tries: 0, due: 0 });
    if (outcome === 'parked') context.observers.tell('parked', { agent: agent.name, at: event.position });
    if (outcome !== undefined) return outcome;
    work.waits(1);
    await orStopping(stopping, (end) => parking.whenLeft(end));
    await work.readmitted();
    if (stopping.aborted) return 'left';
  }
  return 'free';
}

/** In one turn the event is finished, and parked. */
async function parkIn(parking: Parking, work: LaneWork, event: BatchEvent, waits: ParkedFor): Promise<ParkOutcome | undefined> {
  while (!work.isAbandoned && parking.admits(event)) {
    const attempt = work.begin(event, false);
    try {
      parking.park(attempt, event, waits);
      work.succeed(attempt, [event]);
      parking.parked(event);
      return 'parked';
    } catch (thrown) {
      const { error } = work.fail(attempt, thrown);
      if (!(error instanceof Overtaken)) return gaveUp(work, event, error);
      await error.until;
    }
  }
  return work.isAbandoned ? 'left' : undefined;
}

/** It can neither run nor be parked. */
function gaveUp({ agent, context, isAbandoned }: LaneWork, event: BatchEvent, error: unknown): 'left' {
  const remedy = 'It cannot be parked: nothing is committed of it, and the worker stops';
  if (!isAbandoned) context.fail(new AgentError(agent.name, event.position, { cause: error, remedy }));
  return 'left';
}
