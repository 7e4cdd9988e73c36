import { writeFileSync } from 'node:fs';

/**
 * Writes the counts to the file that run-tests.mjs reads; other output may follow Jest's summary.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.RAT_TEST_SUMMARY;
    if (file === undefined) return;
    // A suite that fails to load has no tests to count, yet it is a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    writeFileSync(file, JSON.stringify({ passed: results.numPassedTests, failed }));
  }
}
