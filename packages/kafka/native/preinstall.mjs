// Run by npm before the install scripts of all packages, so before the driver's own, which finds what is built here: without a way to GitHub that one
// fails, and with it the installation. This never does; where the driver cannot be built its own script has its turn.
import { fileURLToPath } from 'node:url';
import { isCheckout } from './build.mjs';
import { buildDriver, driverFolder, fetchPrebuilt, loadProblem, missingTools } from './driver.mjs';

const say = (line) => console.log(`@weir/kafka: ${line}`);
const folder = isCheckout() ? undefined : driverFolder(fileURLToPath(new URL('..', import.meta.url)));

if (folder !== undefined && loadProblem(folder) !== undefined && !(fetchPrebuilt(folder) && loadProblem(folder) === undefined)) {
  const missing = missingTools();
  if (missing.length > 0) say(`no prebuilt Kafka driver can be had, and to build it is missing: ${missing.join(' ')}`);
  else build(folder);
}

function build(driver) {
  say('no prebuilt Kafka driver can be had; building it, which takes a minute or two');
  const begun = Date.now();
  const problem = buildDriver(driver);
  const seconds = Math.round((Date.now() - begun) / 1_000);
  say(problem === undefined ? `the Kafka driver was built in ${seconds} s` : `the Kafka driver could not be built (${problem})`);
}
