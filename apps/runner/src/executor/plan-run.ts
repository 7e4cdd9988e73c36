import type { ExecuteCommand, QualityTest } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import { splitStatements, type Statement } from '@rat/engine';
import { compileTemplate } from '@rat/pipelines';
import { RunFailedError } from './to-failure.ts';

/** A quality test that is ready to run: its SQL is one query. */
export interface PlannedTest {
  test: QualityTest;
  query: Statement;
}

/** What an execution will do, decided before anything is opened. */
export interface RunPlan {
  /** Executed for their effect on the session. */
  statements: Statement[];
  /** The last statement: its rows become the table. */
  result: Statement;
  tests: PlannedTest[];
  /** The tables and zones to find, each once. */
  wanted: { tables: PipelineRef[]; landingZones: string[] };
}

/**
 * Compiles the pipeline and its tests. In a test the pipeline's own table means the rows just written, so it is not
 * among the wanted inputs on a test's account. `watermark` is an SQL literal. Throws TemplateError or RunFailedError.
 */
export function planRun(command: ExecuteCommand, watermark?: string): RunPlan {
  const context = {
    pipeline: command.pipeline,
    runStartedAt: command.runStartedAt,
    isIncremental: command.targetExists,
    ...(watermark === undefined ? {} : { watermark }),
  };
  const compiled = compileTemplate(command.sql, context);
  const statements = splitStatements(compiled.sql);
  const result = statements.pop();
  if (!result) {
    throw new RunFailedError({ code: 'sql_error', message: 'the pipeline has no statement' });
  }

  const own = formatRef(command.pipeline);
  const tables = new Map(compiled.refs.map((ref) => [formatRef(ref), ref]));
  const landingZones = new Set(compiled.landingZones);
  const tests = command.qualityTests.map((test) => {
    const compiledTest = compileTemplate(test.sql, context);
    for (const ref of compiledTest.refs) {
      if (formatRef(ref) !== own) tables.set(formatRef(ref), ref);
    }
    for (const zone of compiledTest.landingZones) landingZones.add(zone);
    return { test, query: onlyStatement(test, compiledTest.sql) };
  });
  const wanted = { tables: [...tables.values()], landingZones: [...landingZones] };
  return { statements, result, tests, wanted };
}

function onlyStatement(test: QualityTest, sql: string): Statement {
  const [query, ...more] = splitStatements(sql);
  if (query && more.length === 0) return query;
  const message = `quality test ${test.name} must be one query, it has ${query ? more.length + 1 : 0}`;
  throw new RunFailedError({ code: 'config_error', message });
}
