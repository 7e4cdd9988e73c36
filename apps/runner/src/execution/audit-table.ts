import type { ExecuteCommand } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import type { Session } from '@rat/engine-duckdb';
import { duckdbType } from '@rat/iceberg';
import type { ExecutionHost } from '../executor-protocol/execution-host.ts';
import { findInputs } from './find-inputs.ts';
import { mergeTarget } from './merge-target.ts';
import { mainBranchSql, openRunSession, showTestInputs } from './open-run-session.ts';
import { planTests } from './plan-run.ts';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';
import { runQualityTests } from './run-quality-tests.ts';
import { RunFailedError } from './to-failure.ts';

/**
 * Runs the pipeline's quality tests against the table's main, without running the pipeline. Throws
 * RunFailedError when a test of severity `error` fails, as in a run.
 */
export async function auditTable(
  command: ExecuteCommand,
  host: ExecutionHost,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<void> {
  const { pipeline, runStartedAt } = command;
  const { schema } = mergeTarget(command);
  const main = mainBranchSql(command);
  if (schema === undefined || main === undefined) {
    const message = `table ${formatRef(pipeline)} does not exist: no run has published it yet`;
    throw new RunFailedError({ code: 'source_not_found', message });
  }
  const { tests, testsOnly, inputs } = await reporter.inPhase('detect', async () => {
    const planned = planTests(command, { pipeline, runStartedAt, isIncremental: true });
    const { refs: tables, landingZones } = planned;
    const mayLack = [...tables.map(formatRef), ...landingZones];
    const inputs = await findInputs({ tables, landingZones, mayLack }, host, reporter);
    return { tests: planned.tests, testsOnly: mayLack, inputs };
  });
  let session: Session | undefined;
  const interrupt = (): void => session?.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    const opened = await reporter.inPhase('build', async () => {
      session = await openRunSession(command, {
        inputs,
        testsOnly,
        tests: tests.length,
        reporter,
      });
      if (signal.aborted) session.interrupt();
      return session;
    });
    await reporter.inPhase('quality', async () => {
      await opened.showTested(formatRef(pipeline), main);
      const columns = schema.fields.map(({ name, type }) => ({ name, type: duckdbType(type) }));
      const tested = { pipeline, runStartedAt, columns, main };
      const unavailable = await showTestInputs(opened, inputs, testsOnly);
      await runQualityTests({ session: opened, tests, tested, unavailable, reporter });
    });
  } finally {
    signal.removeEventListener('abort', interrupt);
    session?.close();
  }
}
