import type { FailedOutputs } from '../attempts/index.js';
import type { Undelivered } from './progress.js';

/** The events whose messages were not delivered. Those of lanes that were given up run again anyway. */
export function undeliveredOf({ origins }: FailedOutputs): Undelivered[] {
  return origins
    .filter(({ lane }) => !lane.isAbandoned)
    .map(({ lane: { topic, partition, agent }, from, to, isRefused }) => ({
      ...{ topic, partition, from, to },
      agent: agent.name,
      isIsolated: isRefused,
    }));
}
