import { build, isUpToDate } from '../../packages/kafka/native/build.mjs';
import { say } from './say.mjs';

/** Compiles the fast path of @weir/kafka when its sources are newer. Without a compiler there is none, and everything works all the same. */
export function ensureFastPath() {
  if (isUpToDate()) return;
  say('building the fast path of @weir/kafka');
  const problem = build();
  if (problem !== undefined) say(`there is no fast path, the Kafka driver moves the messages itself: ${problem}`);
}
