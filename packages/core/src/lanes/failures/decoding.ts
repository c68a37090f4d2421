import type { BatchEvent } from '../../streams/index.js';
import { type Failure, failureOutside, type LaneWork } from '../lane-work.js';
import { type Outcome, recoverFrom, resume } from './retry.js';

/** 'decoded': the event is to be handled. Else it is at its end, or left. */
export type Decoded = 'decoded' | Outcome;

/** Decodes an event that runs together with others: one that cannot be decoded is brought to its end by itself. At once where nothing fails. */
export function decode(work: LaneWork, event: BatchEvent): Decoded | Promise<Decoded> {
  const failure = tryDecode(event);
  if (failure === undefined) return 'decoded';
  if (failure !== 'skipped') return decodeLater(work, event, failure);
  work.finish(event);
  return 'finished';
}

function tryDecode(event: BatchEvent): Failure | 'skipped' | undefined {
  try {
    return event.decodeValue() ? undefined : 'skipped';
  } catch (thrown) {
    return failureOutside(thrown);
  }
}

async function decodeLater(work: LaneWork, event: BatchEvent, failure: Failure): Promise<Decoded> {
  let isDecoded = false;
  const tryAgain = async () => {
    const again = tryDecode(event);
    isDecoded = again === undefined;
    if (again !== 'skipped') return again;
    work.finish(event);
    return undefined;
  };
  const state = work.retryState(event);
  const outcome = await (state === undefined ? recoverFrom(work, [event], failure, tryAgain) : resume(work, event, state, tryAgain));
  return isDecoded ? 'decoded' : outcome;
}
