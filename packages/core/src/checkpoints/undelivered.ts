import type { FailedOutputs } from '../attempts/index.js';
import type { Undelivered } from './progress.js';

/** The events whose messages were not delivered. */
export function undeliveredOf({ origins }: FailedOutputs): Undelivered[] {
  return origins.map(({ lane: { topic, partition, agent }, from, to, isRefused }) => ({
    ...{ topic, partition, from, to },
    agent: agent.name,
    isIsolated: isRefused,
  }));
}
