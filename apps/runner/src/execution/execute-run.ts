import type { ExecuteCommand, InputsAnswer } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import {
  StatementError,
  type EngineSession,
  type StagedOutput,
  type TableEngine,
} from '@rat/engine';
import { pathFromUri } from '@rat/storage';
import type { ExecutionHost } from '../executor-protocol/execution-host.ts';
import type { ExecutorOutcome } from '../executor-protocol/executor-outcome.ts';
import { RunReporter } from '../executor-protocol/run-reporter.ts';
import { auditTable } from './audit-table.ts';
import { changeRequest, changeTarget, contentBefore } from './change-request.ts';
import { countOf } from './count-of.ts';
import { readEmptyZones } from './empty-zones.ts';
import { findInputs } from './find-inputs.ts';
import { openRunSession, showTestInputs } from './open-run-session.ts';
import { PIPELINE_FILE, placeInFile } from './place-in-file.ts';
import { planRun, type RunPlan } from './plan-run.ts';
import { readWatermark } from './read-watermark.ts';
import { runQualityTests } from './run-quality-tests.ts';
import { logNotes, oneLine, runStatements } from './run-statements.ts';
import { shownSql } from './shown-sql.ts';
import { RunFailedError, toFailure } from './to-failure.ts';
import { traceResult } from './trace-result.ts';

/**
 * Executes one attempt on an engine: detect, build, write, quality. Writes only into the
 * command's staging and temp folders, and publishes nothing. Never throws. After an abort it
 * returns `interrupted`, even if another error occurred.
 */
export async function executeRun(
  engine: TableEngine,
  command: ExecuteCommand,
  host: ExecutionHost,
  signal: AbortSignal,
): Promise<ExecutorOutcome> {
  const reporter = new RunReporter(host, signal);
  try {
    if (command.auditOnly) {
      await auditTable(engine, command, host, reporter, signal);
      return { kind: 'audited' };
    }
    const detected = await reporter.inPhase('detect', () =>
      detect(engine, command, host, reporter),
    );
    if (detected === 'skip') return { kind: 'skipped' };
    const staged = await runPhases(engine, command, { host, reporter, signal, ...detected });
    return { kind: 'finished', ...staged };
  } catch (error) {
    if (signal.aborted) return { kind: 'interrupted' };
    const failure = toFailure(error, reporter.phase);
    if (failure) return { kind: 'failed', failure };
    host.onDefect(error);
    const message = 'the executor met an unexpected error; see the runner log';
    return { kind: 'failed', failure: { code: 'internal', message, phase: reporter.phase } };
  }
}

/** What the phases after `detect` need. */
interface Detected {
  plan: RunPlan;
  inputs: InputsAnswer;
}

async function runPhases(
  engine: TableEngine,
  command: ExecuteCommand,
  {
    host,
    reporter,
    signal,
    plan,
    inputs,
  }: Detected & { host: ExecutionHost; reporter: RunReporter; signal: AbortSignal },
): Promise<StagedOutput> {
  let session: EngineSession | undefined;
  const interrupt = (): void => session?.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    const opened = await reporter.inPhase('build', async () => {
      const { testsOnly } = plan;
      const opening = { inputs, testsOnly, tests: plan.tests.length, reporter };
      session = await openRunSession(engine, command, opening);
      if (signal.aborted) session.interrupt();
      await runStatements({ engine, session }, plan.statements, reporter);
      return session;
    });
    const staged = await reporter.inPhase(
      'write',
      async () => {
        const written = await stageResult({ engine, session: opened }, plan, command, reporter);
        if (written.form === 'files') {
          const uris = written.files.map((file) => file.path);
          await host.syncFiles(uris, { folder: pathFromUri(command.tableUri), signal });
        }
        return written;
      },
      ({ rows, bytes }) => ({ rows, bytes }),
    );
    // The parent makes the branch during that time.
    const meanwhile = async (): Promise<void> => {
      const tables = await opened.inputColumns().catch(() => undefined);
      if (plan.tests.length === 0) {
        // Freeing a large memory takes tens of milliseconds.
        session = undefined;
        await opened.close();
      }
      const facts = { tables, zones: Object.keys(inputs.landingZones), result: staged.columns };
      reporter.columns(await traceResult(engine, plan, command, facts, signal));
    };
    // Also after an abort, wait for both: the session is closed next.
    const [answer, traced] = await Promise.allSettled([host.onStaged(staged), meanwhile()]);
    if (answer.status === 'rejected') throw answer.reason;
    if (traced.status === 'rejected') throw traced.reason;
    if (answer.value.type === 'refuse') throw new RunFailedError(answer.value.failure);
    signal.throwIfAborted();
    if (plan.tests.length > 0) {
      await reporter.inPhase('quality', async () => {
        // From here on the pipeline's own name means the rows just written, not the published ones.
        const scan = engine.scanStaged(changeTarget(command), staged);
        await opened.showTested(formatRef(command.pipeline), scan);
        const before = contentBefore(command);
        await runQualityTests({
          engine,
          session: opened,
          tests: plan.tests,
          unavailable: await showTestInputs(opened, inputs, plan.testsOnly),
          tested: {
            pipeline: command.pipeline,
            runStartedAt: command.runStartedAt,
            columns: staged.columns,
            main: before && engine.scan(before),
          },
          reporter,
        });
      });
    }
    return staged;
  } catch (error) {
    // A failed quality test is a RunFailedError and already has its place.
    if (!(error instanceof StatementError)) throw error;
    const statements = [...plan.statements, plan.result];
    const source = { file: PIPELINE_FILE, locate: plan.locate, statements };
    const failure = placeInFile(error.failure, source);
    throw new RunFailedError(failure, { cause: error });
  } finally {
    signal.removeEventListener('abort', interrupt);
    await session?.close();
  }
}

async function detect(
  engine: TableEngine,
  command: ExecuteCommand,
  host: ExecutionHost,
  reporter: RunReporter,
): Promise<Detected | 'skip'> {
  reporter.log('info', `Starting pipeline ${command.pipeline.layer}.${command.pipeline.name}`);
  const plan = planRun(engine, command, await readWatermark(engine, command));
  reporter.sql(shownSql(engine, plan));
  const { testsOnly: mayLack } = plan;
  const wanted = mayLack.length === 0 ? plan.wanted : { ...plan.wanted, mayLack };
  const found = await findInputs(wanted, host, reporter);
  return found.type === 'skip' ? 'skip' : readEmptyZones(engine, plan, found);
}

async function stageResult(
  { engine, session }: { engine: TableEngine; session: EngineSession },
  { statements, result }: RunPlan,
  command: ExecuteCommand,
  reporter: RunReporter,
): Promise<StagedOutput> {
  const sql = engine.authorsSql(result.text);
  reporter.log('info', oneLine(sql));
  reporter.log('debug', sql);
  const startedMs = performance.now();
  try {
    const staged = await session.stage(result, changeRequest(command));
    const ms = Math.round(performance.now() - startedMs);
    const { rows, bytes } = staged;
    const files = staged.form === 'files' ? ` in ${countOf(staged.files.length, 'file')}` : '';
    const size = `${(bytes / 1_000_000).toFixed(1)} MB${files}`;
    const table = formatRef(command.pipeline);
    reporter.log('info', `Writing ${rows} rows to ${table} (${size}, ${ms} ms)`);
    reporter.statement({ index: statements.length, rows, durationMs: ms });
    return staged;
  } finally {
    logNotes(session, reporter);
  }
}
