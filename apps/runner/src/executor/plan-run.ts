import type { BuiltInTest, ExecuteCommand } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import { inputRelation, splitStatements, testedRelation, type Statement } from '@rat/engine';
import {
  builtInTestRef,
  compileTemplate,
  listTests,
  type PipelineTestDefinition,
  type TemplateContext,
} from '@rat/pipelines';
import { RunFailedError } from './to-failure.ts';

/** A quality test that is ready to run: one query, or a built-in test, whose query the written columns decide. */
export interface PlannedTest extends Omit<PipelineTestDefinition, 'asks'> {
  asks: { query: Statement } | { builtIn: BuiltInTest };
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
    relation: inputRelation,
    ...(watermark === undefined ? {} : { watermark }),
  };
  const compiled = compileTemplate(command.sql, context);
  const statements = splitStatements(compiled.sql);
  const result = statements.pop();
  if (!result) {
    throw new RunFailedError({ code: 'sql_error', message: 'the pipeline has no statement' });
  }

  const planned = planTests(command, context);
  const tables = new Map([...compiled.refs, ...planned.refs].map((ref) => [formatRef(ref), ref]));
  const landingZones = new Set([...compiled.landingZones, ...planned.landingZones]);
  const wanted = { tables: [...tables.values()], landingZones: [...landingZones] };
  return { statements, result, tests: planned.tests, wanted };
}

/** The tests, and the tables and zones that they read beside the rows under test. */
export function planTests(
  { pipeline, config, qualityTests }: Pick<ExecuteCommand, 'pipeline' | 'config' | 'qualityTests'>,
  context: TemplateContext,
): { tests: PlannedTest[]; refs: PipelineRef[]; landingZones: string[] } {
  const refs: PipelineRef[] = [];
  const landingZones: string[] = [];
  const tests = listTests(config, qualityTests).map((test): PlannedTest => {
    if ('builtIn' in test.asks) {
      const ref = builtInTestRef(test.asks.builtIn, pipeline);
      if (ref !== undefined) refs.push(ref);
      return { ...test, asks: test.asks };
    }
    const compiled = compileTemplate(test.asks.sql, { ...context, relation: testedRelation });
    refs.push(...compiled.refs);
    landingZones.push(...compiled.landingZones);
    return { ...test, asks: { query: onlyStatement(test.name, compiled.sql) } };
  });
  const own = formatRef(pipeline);
  return { tests, refs: refs.filter((ref) => formatRef(ref) !== own), landingZones };
}

function onlyStatement(name: string, sql: string): Statement {
  const [query, ...more] = splitStatements(sql);
  if (query && more.length === 0) return query;
  const message = `quality test ${name} must be one query, it has ${query ? more.length + 1 : 0}`;
  throw new RunFailedError({ code: 'config_error', message });
}
