import type { CheckpointEvent } from '../observers/index.js';
import type { Clock } from '../time/index.js';
import type { Payload } from '../transport/index.js';
import type { ChangelogWriter } from './participant.js';

export type Step = 'quiesce' | 'prepare' | 'write' | 'flush' | 'commit' | 'store';

/** How long the steps of one checkpoint take, and how much it writes. */
export class StepTimes {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ms: Record<Step, number> = { quiesce: 0, prepare: 0, write: 0, flush: 0, commit: 0, store: 0 };
  #step: Step = 'quiesce';
  #since: number;
  #entries = 0;
  #bytes = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** From here on the time is that of this step. */
  enter(step: Step): void {
    const now = this.#clock.now();
    this.#ms[this.#step] += now - this.#since;
    this.#since = now;
    this.#step = step;
  }

  /** The same changelog, with what is appended to it counted. */
  counted(changelog: ChangelogWriter): ChangelogWriter {
    const count = (key: Payload, value: Payload) => {
      this.#entries++;
      this.#bytes += (key?.length ?? 0) + (value?.length ?? 0);
    };
    return {
      send: (message) => {
        count(message.key, message.value);
        return changelog.send(message);
      },
      append: (topic, key, value, partition, timestamp, headers) => {
        count(key, value);
        changelog.append(topic, key, value, partition, timestamp, headers);
      },
      handOver: () => changelog.handOver(),
      get isFull() {
        return changelog.isFull;
      },
      drained: () => changelog.drained(),
    };
  }

  /** The step that runs is the last one. */
  end(): CheckpointEvent {
    this.enter('store');
    const { quiesce, prepare, write, flush, commit, store } = this.#ms;
    const times = { quiesceMs: quiesce, prepareMs: prepare, writeMs: write, flushMs: flush, commitMs: commit, storeMs: store };
    return { ...times, entries: this.#entries, bytes: this.#bytes };
  }
}
