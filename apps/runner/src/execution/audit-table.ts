import type { ExecuteCommand } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import type { EngineSession, TableEngine } from '@rat/engine';
import type { ExecutionHost } from '../executor-protocol/execution-host.ts';
import { readEmptyZones } from './empty-zones.ts';
import { findInputs } from './find-inputs.ts';
import { contentBefore } from './change-request.ts';
import { openRunSession, showTestInputs } from './open-run-session.ts';
import { paramsOf, planTests } from './plan-run.ts';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';
import { runQualityTests } from './run-quality-tests.ts';
import { RunFailedError } from './to-failure.ts';

/**
 * Runs the pipeline's quality tests against the table's main, without running the pipeline. Throws
 * RunFailedError when a test of severity `error` fails, as in a run.
 */
export async function auditTable(
  engine: TableEngine,
  command: ExecuteCommand,
  host: ExecutionHost,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<void> {
  const { pipeline, runStartedAt, interval } = command;
  const content = contentBefore(command);
  if (content === undefined) {
    const message = `table ${formatRef(pipeline)} does not exist: no run has published it yet`;
    throw new RunFailedError({ code: 'source_not_found', message });
  }
  const main = engine.scan(content);
  const { tests, testsOnly, inputs } = await reporter.inPhase('detect', async () => {
    const planned = planTests(engine, command, {
      pipeline,
      runStartedAt,
      isIncremental: true,
      ...(interval === undefined ? {} : { interval }),
      params: paramsOf(command),
    });
    const { refs: tables, landingZones } = planned;
    const mayLack = [...tables.map(formatRef), ...landingZones];
    const found = await findInputs({ tables, landingZones, mayLack }, host, reporter);
    if (found.type === 'skip') throw new Error('an audit can do without its landing zones');
    const { plan, inputs } = readEmptyZones(engine, { tests: planned.tests }, found);
    return { tests: plan.tests, testsOnly: mayLack, inputs };
  });
  let session: EngineSession | undefined;
  const interrupt = (): void => session?.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    const opened = await reporter.inPhase('build', async () => {
      session = await openRunSession(engine, command, {
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
      const columns = content.schema.fields.map(({ name, type }) => ({
        name,
        type: engine.typeName(type),
      }));
      const tested = { pipeline, runStartedAt, columns, main };
      const unavailable = await showTestInputs(opened, inputs, testsOnly);
      await runQualityTests({ engine, session: opened, tests, tested, unavailable, reporter });
    });
  } finally {
    signal.removeEventListener('abort', interrupt);
    await session?.close();
  }
}
