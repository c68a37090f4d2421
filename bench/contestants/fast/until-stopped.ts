import { type Batch, type FastConsumer, type FastProducer, Offsets } from './clients.js';

const checkpointEveryMs = 1_000;

/** What a loop by hand does. */
export interface Loop {
  readonly consumer: FastConsumer;
  readonly producer: FastProducer;
  readonly work: (batch: Batch) => Promise<void> | void;
  /** Has what was made of the batches acknowledged before it calls `commit`. */
  readonly checkpoint: (commit: () => void) => Promise<void>;
}

/** Takes batches and works on them, with a checkpoint each second and one in the end, until SIGTERM. Then closes the clients. */
export async function untilStopped({ consumer, producer, work, checkpoint }: Loop): Promise<void> {
  const offsets = new Offsets();
  const keep = async () => {
    const taken = offsets.take();
    if (taken.length > 0) await checkpoint(() => consumer.commit(taken));
  };
  let isStopping = false;
  process.once('SIGTERM', () => {
    isStopping = true;
    consumer.wake();
  });
  let doneAt = Date.now();
  while (!isStopping) {
    for (const batch of await consumer.take(checkpointEveryMs)) {
      await work(batch);
      offsets.add(batch);
    }
    if (Date.now() - doneAt >= checkpointEveryMs) {
      await keep();
      doneAt = Date.now();
    }
  }
  await keep();
  await consumer.close();
  await producer.close();
}
