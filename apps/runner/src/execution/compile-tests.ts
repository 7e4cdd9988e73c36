import type { BuiltInTest } from '@rat/contracts';
import { formatRef, type Failure, type PipelineRef } from '@rat/domain';
import type { EngineSession, Statement, TableEngine } from '@rat/engine';
import {
  BuiltInTestError,
  builtInTestRef,
  compileBuiltInTest,
  type BuiltInTestContext,
} from '@rat/pipelines';
import type { PlannedTest } from './plan-run.ts';

/** The table under test. The view with the pipeline's own name shows it. */
export interface TestedTable {
  pipeline: PipelineRef;
  /** ISO 8601. */
  runStartedAt: string;
  columns: readonly { name: string; type: string }[];
  /** The engine's text for reading the rows before the run; undefined while no run has published the table. */
  main: string | undefined;
}

/** A test with its query, or the failure of a test without one. */
export type CompiledTest = PlannedTest & { query: Statement | Failure };

/**
 * Gives every test its query, or the failure of a missing input. Built-in tests are compiled
 * against the session's tables.
 */
export async function compileTests(
  { engine, session }: { engine: TableEngine; session: EngineSession },
  tests: readonly PlannedTest[],
  { unavailable, ...tested }: TestedTable & { unavailable: Readonly<Record<string, Failure>> },
): Promise<CompiledTest[]> {
  const whyNot = ({ reads }: PlannedTest): Failure | undefined => {
    const name = reads.find((one) => unavailable[one] !== undefined);
    return name === undefined ? undefined : unavailable[name];
  };
  const builtIn = tests.flatMap((test) =>
    'builtIn' in test.asks && whyNot(test) === undefined ? [test.asks.builtIn] : [],
  );
  const { pipeline, runStartedAt, columns } = tested;
  const context: BuiltInTestContext = {
    pipeline,
    runStartedAt,
    columns,
    relation: (name) => engine.testedRelation(name),
    columnsOfTables: await describeTables(session, builtIn, pipeline),
    mainRows: await countTable(session, builtIn, tested.main),
  };
  const queryOf = (test: PlannedTest): Statement | Failure => {
    if ('failure' in test.asks) return test.asks.failure;
    const failure = whyNot(test);
    if (failure !== undefined) return failure;
    return 'query' in test.asks ? test.asks.query : compileOne(engine, test.asks.builtIn, context);
  };
  return tests.map((test) => ({ ...test, query: queryOf(test) }));
}

function compileOne(
  engine: TableEngine,
  test: BuiltInTest,
  context: BuiltInTestContext,
): Statement | Failure {
  try {
    const [query] = engine.splitStatements(compileBuiltInTest(test, context));
    if (query === undefined) throw new Error('a built-in test has no query');
    return query;
  } catch (error) {
    if (!(error instanceof BuiltInTestError)) throw error;
    return { code: 'config_error', message: error.message };
  }
}

/** The columns of the tables that tests read, except the tested one, whose columns are known. */
async function describeTables(
  session: EngineSession,
  tests: readonly BuiltInTest[],
  pipeline: PipelineRef,
): Promise<Map<string, string[]>> {
  const described = new Map<string, string[]>();
  for (const test of tests) {
    const ref = builtInTestRef(test, pipeline);
    if (ref === undefined || formatRef(ref) === formatRef(pipeline)) continue;
    described.set(formatRef(ref), await session.testedColumns(formatRef(ref)));
  }
  return described;
}

async function countTable(
  session: EngineSession,
  tests: readonly BuiltInTest[],
  main: string | undefined,
): Promise<number | undefined> {
  const isCompared = tests.some((test) => test.row_count?.max_change_pct !== undefined);
  if (!isCompared || main === undefined) return undefined;
  return session.countRows(main);
}
