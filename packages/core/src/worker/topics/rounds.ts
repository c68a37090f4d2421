import type { Logger } from 'pino';
import type { Outputs } from '../../attempts/index.js';
import type { AssignedPartition, Assignment } from '../../partitions/index.js';
import type { Recovery } from '../../recovery/index.js';
import type { Clock } from '../../time/index.js';
import { passingTopics, type Topology } from '../../topology/index.js';
import type { Admin } from '../../transport/index.js';
import { FollowerWatch } from '../assigning/follower-watch.js';
import { goesByWatermark, originTimes, statesByTopic, topicSetsOf } from '../wiring.js';
import { IdleWatch } from './idle-watch.js';
import { OriginMarkers } from './origin-markers.js';
import { Purge } from './purge.js';
import { TopicWatch } from './topic-watch.js';

export interface TopicRoundsParts {
  readonly admin: Admin;
  readonly assignment: Assignment;
  readonly outputs: Outputs;
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly idleAfterMs: number;
  /** Told of partitions whose topic was deleted and made anew. */
  readonly replaced: (partitions: readonly AssignedPartition[]) => void;
  readonly fail: (error: Error) => void;
}

/** What is looked at, and done, again and again for the topics of an app while it runs. */
export interface TopicRounds {
  readonly rounds: readonly { start(): void; stop(): void }[];
  /** Looks at once whether a topic was made anew. */
  readonly lookAtTopics: () => void;
}

export function topicRounds(topology: Topology, parts: TopicRoundsParts): TopicRounds {
  const { admin, assignment, outputs, clock, logger, replaced, fail } = parts;
  const topicWatch = new TopicWatch({ admin, clock, logger, partitions: () => assignment, replaced });
  const followerWatch = new FollowerWatch({ admin, clock, logger, sets: topicSetsOf(topology), fail });
  const purge = new Purge({ admin, clock, logger, topics: passingTopics(topology), partitions: () => assignment });
  const partitionsOf = (topic: string) => statesByTopic(topology).get(topic)?.partitions;
  const markers = new OriginMarkers({ assignment, outputs, clock, origins: originTimes(topology), partitionsOf });
  const idleWatch = new IdleWatch({ ...parts, groups: () => assignment.groups() });
  return {
    rounds: [topicWatch, followerWatch, purge, markers, ...(goesByWatermark(topology) ? [idleWatch] : [])],
    lookAtTopics: () => void topicWatch.look(),
  };
}
