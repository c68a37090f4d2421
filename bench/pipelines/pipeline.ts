import type { Contestant } from '../contestants/index.js';
import type { Message } from '../kafka/clients.js';
import type { Partition } from '../kafka/topics.js';

/** How far a contestant is. */
export interface Milestone {
  /** Of which the messages count. */
  readonly partitions: readonly Partition[];
  readonly messages: number;
  /** Whether they are to be committed; there is enough otherwise. */
  readonly isCommitted?: boolean;
}

/** The topics of one contestant in one round. */
export interface Names {
  readonly group: string;
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Work with state that goes from topics to a topic. */
export interface Pipeline {
  readonly scenario: 'words' | 'windows' | 'joins';
  /** What one event is. */
  readonly unit: string;
  /** Of a full run. */
  readonly events: number;
  readonly contestants: readonly Contestant[];
  readonly peer: Contestant;
  /** How many topics it reads. */
  readonly inputs: number;
  /** Topics of a contestant beside its output, with their settings. */
  readonly own?: (group: string) => Readonly<Record<string, Readonly<Record<string, string>>>>;
  write(brokers: string, inputs: readonly string[], events: number): Promise<void>;
  /** From its first message on, the time counts. */
  begun(names: Names): Milestone;
  done(names: Names, events: number): Milestone;
  /** Looks at each output. */
  verifier(events: number): { look(message: Message): void /** @throws VerificationError */; conclude(who: string): void };
}
