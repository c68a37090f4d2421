import { Worker } from '@weir/core';

/** Runs an app until SIGTERM. */
export async function runApp(app: abstract new (...args: never[]) => object): Promise<void> {
  const worker = await Worker.start(app);
  process.once('SIGTERM', () => void worker.stop());
  await worker.finished;
}
