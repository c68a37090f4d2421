import { writeFileSync } from 'node:fs';
import process from 'node:process';

/** Writes what the tests have come to, as an exit code, to the file that TEST_VERDICT names. */
export default class Verdict {
  onRunComplete(_, { numFailedTests, numFailedTestSuites, numTotalTests, wasInterrupted }) {
    if (process.env.TEST_VERDICT === undefined || wasInterrupted) return;
    writeFileSync(process.env.TEST_VERDICT, numFailedTests + numFailedTestSuites === 0 && numTotalTests > 0 ? '0' : '1');
  }
}
