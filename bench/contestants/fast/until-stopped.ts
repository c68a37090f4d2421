import type { Batch, FastConsumer } from './clients.js';

const checkpointEveryMs = 1_000;

/** A loop by hand: takes batches and works on them, with a checkpoint each second and one in the end, until SIGTERM. */
export async function untilStopped(
  consumer: FastConsumer,
  { work, checkpoint }: { readonly work: (batch: Batch) => Promise<void>; readonly checkpoint: () => Promise<void> },
): Promise<void> {
  let isStopping = false;
  process.once('SIGTERM', () => {
    isStopping = true;
    consumer.wake();
  });
  let doneAt = Date.now();
  while (!isStopping) {
    for (const batch of await consumer.take(checkpointEveryMs)) await work(batch);
    if (Date.now() - doneAt >= checkpointEveryMs) {
      await checkpoint();
      doneAt = Date.now();
    }
  }
  await checkpoint();
}
