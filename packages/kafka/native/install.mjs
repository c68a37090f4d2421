// Run by npm when the package is installed: compiles the fast path where no prebuilt one fits. It can do without, so this never fails.
import { build, isUpToDate } from './build.mjs';

const problem = isUpToDate() ? undefined : build();
if (problem !== undefined)
  console.log(`@weir/kafka: the fast path could not be compiled, the Kafka driver will move the messages itself (${problem})`);
