import { scrubPaths, type Failure, type QualityResult } from '@rat/domain';
import { StatementError, type EngineSession, type TableEngine, type TestLane } from '@rat/engine';
import { compileTests, type CompiledTest, type TestedTable } from './compile-tests.ts';
import { placeInFile } from './place-in-file.ts';
import type { PlannedTest } from './plan-run.ts';
import { describeSample, SAMPLE_ROWS, toSample } from './quality-sample.ts';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';
import { RunFailedError } from './to-failure.ts';

const TEST_TIMEOUT_MS = 60_000;
const MESSAGE_MAX_LENGTH = 4_000;

/** The tests to run, and a session in which the pipeline's own name shows the rows under test. */
export interface QualityWork {
  engine: TableEngine;
  session: EngineSession;
  tests: readonly PlannedTest[];
  tested: TestedTable;
  /** The failure of each missing input that only tests read, by its name. */
  unavailable?: Readonly<Record<string, Failure>>;
  reporter: Pick<RunReporter, 'log' | 'quality'>;
  /** The time limit of one test. */
  timeoutMs?: number;
}

/** The result of one test, with its failure when its query could not run. */
interface Finding {
  result: QualityResult;
  failure?: Failure;
  /** Where its query spent its time. */
  profile?: string;
}

/**
 * Runs all tests, several at a time where the session has lanes. Every row that a test returns is a
 * violation. A failed test does not stop the others, and each test is reported when it ends. Throws
 * RunFailedError when a test of severity `error` found violations (`quality_failed`) or could not
 * run. A test of severity `warn` is only logged.
 */
export async function runQualityTests(work: QualityWork): Promise<void> {
  const failure = verdict(await runAll(work));
  if (failure) throw new RunFailedError(failure);
}

/** Returns the findings in the order of the tests. */
async function runAll(work: QualityWork): Promise<Finding[]> {
  const { engine, session, reporter, timeoutMs = TEST_TIMEOUT_MS } = work;
  const { unavailable = {} } = work;
  const tests = await compileTests(work, work.tests, { ...work.tested, unavailable });
  const lanes = await session.testLanes();
  const [first] = lanes;
  const findings = new Map<CompiledTest, Finding>();
  const report = (test: CompiledTest, finding: Finding): void => {
    findings.set(test, finding);
    reporter.quality(finding.result);
    if ('text' in test.query) reporter.log('debug', engine.authorsSql(test.query.text));
    logFinding(finding, reporter);
    if (finding.profile !== undefined) reporter.log('debug', finding.profile);
  };

  const waiting = [...tests];
  const toRepeat: CompiledTest[] = [];
  const runOn = async (lane: TestLane): Promise<void> => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const finding = await runOne(lane, test, timeoutMs);
      // Other lanes used part of the memory; alone, the test may have enough.
      if (lanes.length > 1 && isShortage(finding)) toRepeat.push(test);
      else report(test, finding);
    }
  };
  const ended = await Promise.allSettled(lanes.map(runOn));
  // Throw only after every lane has stopped: the caller closes the session next.
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  for (const test of toRepeat) report(test, await runOne(first, test, timeoutMs));
  return tests.flatMap((test) => findings.get(test) ?? []);
}

async function runOne(lane: TestLane, test: CompiledTest, timeoutMs: number): Promise<Finding> {
  const { name, severity, description, tags, remediation, query } = test;
  const facts = { name, severity, description, tags, remediation };
  const startedMs = performance.now();
  const duration = (): number => Math.round(performance.now() - startedMs);
  const broken = (failure: Failure): Finding => ({
    failure,
    result: {
      ...facts,
      status: 'error',
      sample: { columns: [], rows: [] },
      durationMs: duration(),
      message: scrubPaths(failure.message).slice(0, MESSAGE_MAX_LENGTH),
    },
  });
  if ('code' in query) return broken(query);
  try {
    const answer = await lane.query(query, { limit: SAMPLE_ROWS, timeoutMs });
    const found = severity === 'error' ? 'failed' : 'warned';
    return {
      ...(answer.profile === undefined ? {} : { profile: answer.profile }),
      result: {
        ...facts,
        status: answer.rowCount === 0 ? 'passed' : found,
        violations: answer.rowCount,
        sample: toSample(answer),
        durationMs: duration(),
      },
    };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    return broken(toTestFailure(error.failure, test));
  }
}

/**
 * The author of a built-in test wrote no SQL, so a generated query that does not fit the columns is
 * a wrong setting.
 */
function toTestFailure(failure: Failure, { asks }: CompiledTest): Failure {
  if ('query' in asks) return placeInFile(failure, { ...asks, statements: [asks.query] });
  if (failure.code !== 'sql_error') return failure;
  const [message = ''] = failure.message.split('\n\nLINE ', 1);
  return { code: 'config_error', message };
}

function isShortage({ failure }: Finding): boolean {
  return failure?.code === 'out_of_memory' || failure?.code === 'disk_full';
}

function logFinding({ result }: Finding, reporter: Pick<RunReporter, 'log'>): void {
  const { name, severity, status, durationMs } = result;
  if (status === 'passed') {
    reporter.log('info', `Quality test ${name} passed (${durationMs} ms)`);
  } else if (status === 'error') {
    reporter.log(severity, `quality test ${name}: ${result.message}`);
  } else {
    reporter.log(severity, `Quality test ${describeViolations(result)}`);
  }
}

/**
 * Returns why the run fails; undefined when it does not. Violations outrank tests that could not
 * run, because violations keep the branch.
 */
function verdict(findings: readonly Finding[]): Failure | undefined {
  const grave = findings.filter(({ result }) => result.severity === 'error');
  const broken = grave.filter(({ result }) => result.status === 'error');
  const violated = grave.filter(({ result }) => result.status === 'failed');
  if (violated.length > 0) {
    const lines = [
      ...violated.map(({ result }) => describeViolations(result)),
      ...broken.map(({ result }) => `${result.name}: ${result.message}`),
    ];
    const message = `Quality tests failed:\n${lines.join('\n')}`.slice(0, MESSAGE_MAX_LENGTH);
    return { code: 'quality_failed', message };
  }
  const [first, ...more] = broken;
  if (first?.failure === undefined) return undefined;
  const names = more.map(({ result }) => `\nquality test ${result.name}: ${result.message}`);
  const message = `quality test ${first.result.name}: ${first.result.message}${names.join('')}`;
  return { ...first.failure, message: message.slice(0, MESSAGE_MAX_LENGTH) };
}

function describeViolations({ name, description, violations, sample }: QualityResult): string {
  const described = description === undefined ? '' : ` (${description})`;
  const count = violations === 1 ? '1 violation' : `${violations} violations`;
  return scrubPaths(`${name}${described}: ${count}${describeSample(sample)}`);
}
