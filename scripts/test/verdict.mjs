import { writeFileSync } from 'node:fs';
import process from 'node:process';

/** Writes what the tests have come to, as an exit code, to the file that WEIR_VERDICT names. */
export default class Verdict {
  onRunComplete(_, { numFailedTests, numFailedTestSuites, numTotalTests, wasInterrupted }) {
    if (process.env.WEIR_VERDICT === undefined || wasInterrupted) return;
    writeFileSync(process.env.WEIR_VERDICT, numFailedTests + numFailedTestSuites === 0 && numTotalTests > 0 ? '0' : '1');
  }
}
