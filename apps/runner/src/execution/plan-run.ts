import type { BuiltInTest, ExecuteCommand, QualityTest } from '@rat/contracts';
import {
  findParamProblems,
  formatRef,
  type Failure,
  type ParamSpecs,
  type ParamValues,
  type PipelineRef,
} from '@rat/domain';
import { ConfigError, type Statement, type TableEngine } from '@rat/engine';
import {
  builtInTestRef,
  compileInTime,
  listTests,
  TemplateError,
  type CompiledTemplate,
  type PipelineTestDefinition,
  type TemplateContext,
} from '@rat/pipelines';
import { PIPELINE_FILE, testFile } from './place-in-file.ts';
import { RunFailedError, toFailure } from './to-failure.ts';

/**
 * The query of a test: one in the author's file, or a built-in test, whose query depends on the
 * written columns; or the failure of a test that has neither.
 */
type Asks =
  | { query: Statement; file: string; locate: CompiledTemplate['locate'] }
  | { builtIn: BuiltInTest }
  | { failure: Failure };

/** A quality test that is ready to run, or the failure that its result will be. */
export interface PlannedTest extends Omit<PipelineTestDefinition, 'asks'> {
  asks: Asks;
  /** The names of the tables and zones that it reads, except the table under test. */
  reads: string[];
}

/** What an execution will do, decided before it opens anything. */
export interface RunPlan {
  /** The SQL that the template rendered to. */
  compiled: string;
  /** Executed for their effect on the session. */
  statements: Statement[];
  /** The last statement: its rows become the table. */
  result: Statement;
  tests: PlannedTest[];
  /** The tables and zones to find, each once. */
  wanted: { tables: PipelineRef[]; landingZones: string[] };
  /** Names of inputs that only tests read: the run continues without them. */
  testsOnly: string[];
  /** Maps a place in the compiled SQL to the author's file. */
  locate: CompiledTemplate['locate'];
}

/**
 * Compiles the pipeline and its tests. In a test the pipeline's own table means the rows just
 * written, so a test does not add it to the wanted inputs. `watermark` is an SQL literal. Throws
 * TemplateError or RunFailedError for the pipeline; a test that cannot be compiled is part of the
 * plan.
 */
export function planRun(engine: TableEngine, command: ExecuteCommand, watermark?: string): RunPlan {
  const context = {
    pipeline: command.pipeline,
    runStartedAt: command.runStartedAt,
    isIncremental: command.targetExists,
    relation: (name: string) => engine.inputRelation(name),
    ...(watermark === undefined ? {} : { watermark }),
    ...(command.interval === undefined ? {} : { interval: command.interval }),
    params: paramsOf(command),
  };
  const compiled = compileInTime(command.sql, context);
  const statements = engine.splitStatements(compiled.sql);
  const result = statements.pop();
  if (!result) {
    const message = 'the pipeline has no statement';
    throw new RunFailedError({ code: 'sql_error', message, file: PIPELINE_FILE });
  }

  refuseUnable(engine, { statements, compiled });
  const planned = planTests(engine, command, context);
  const tables = new Map([...compiled.refs, ...planned.refs].map((ref) => [formatRef(ref), ref]));
  const landingZones = new Set([...compiled.landingZones, ...planned.landingZones]);
  const own = new Set([...compiled.refs.map(formatRef), ...compiled.landingZones]);
  return {
    compiled: compiled.sql,
    statements,
    result,
    tests: planned.tests,
    wanted: { tables: [...tables.values()], landingZones: [...landingZones] },
    testsOnly: [...tables.keys(), ...landingZones].filter((name) => !own.has(name)),
    locate: compiled.locate,
  };
}

/**
 * The parameters of the run. Throws RunFailedError for a value that its version does not declare, or
 * of another type: the pipeline may have changed since the value was given.
 */
export function paramsOf({ config, params = {} }: ExecuteCommand): {
  specs: ParamSpecs;
  values: ParamValues;
} {
  const specs = config.params ?? {};
  const [problem] = findParamProblems(specs, params);
  if (problem === undefined) return { specs, values: params };
  const message = `param ${problem.name}: ${problem.message}`;
  throw new RunFailedError({ code: 'config_error', message });
}

/** Throws ConfigError for a pipeline that needs more than its engine can do. */
function refuseUnable(
  { capabilities }: TableEngine,
  { statements, compiled }: { statements: readonly Statement[]; compiled: CompiledTemplate },
): void {
  if (statements.length > 0 && !capabilities.manyStatements) {
    throw new ConfigError('this engine runs one statement: put the earlier ones into a WITH');
  }
  if (compiled.landingZones.length > 0 && !capabilities.landingZones) {
    throw new ConfigError('this engine reads no landing zones: load them by a pipeline of its own');
  }
}

/** The time limit that the templates of all tests share. */
const TESTS_TIMEOUT_MS = 20_000;

/** The tests, and the tables and zones that they read besides the rows under test. */
export function planTests(
  engine: TableEngine,
  { pipeline, config, qualityTests }: Pick<ExecuteCommand, 'pipeline' | 'config' | 'qualityTests'>,
  context: TemplateContext,
): { tests: PlannedTest[]; refs: PipelineRef[]; landingZones: string[] } {
  const own = formatRef(pipeline);
  const refs: PipelineRef[] = [];
  const landingZones: string[] = [];
  const endMs = performance.now() + TESTS_TIMEOUT_MS;
  const relation = (name: string): string => engine.testedRelation(name);
  const tested = { ...context, relation };
  const tests = listTests(config, qualityTests).map((test): PlannedTest => {
    const { asks } = test;
    if ('builtIn' in asks) {
      const ref = builtInTestRef(asks.builtIn, pipeline);
      const read = ref === undefined || formatRef(ref) === own ? [] : [ref];
      refs.push(...read);
      return { ...test, asks, reads: read.map(formatRef) };
    }
    try {
      const compiled = compileInTime(asks.sql, tested, endMs - performance.now());
      const read = compiled.refs.filter((ref) => formatRef(ref) !== own);
      const query = onlyStatement(test.name, engine.splitStatements(compiled.sql));
      refs.push(...read);
      landingZones.push(...compiled.landingZones);
      const { locate } = compiled;
      return {
        ...test,
        asks: { query, file: testFile(test.name), locate },
        reads: [...read.map(formatRef), ...compiled.landingZones],
      };
    } catch (error) {
      return { ...test, asks: { failure: toTestFailure(error, test) }, reads: [] };
    }
  });
  return { tests, refs, landingZones };
}

/**
 * Returns the failure of a test that cannot be planned. Rethrows errors that are not the author's.
 */
function toTestFailure(error: unknown, { name }: Pick<QualityTest, 'name'>): Failure {
  const isAuthors = error instanceof TemplateError || error instanceof ConfigError;
  const failure = isAuthors ? toFailure(error, 'quality') : undefined;
  if (failure === undefined) throw error;
  return { ...failure, file: testFile(name) };
}

function onlyStatement(name: string, statements: readonly Statement[]): Statement {
  const [query, ...more] = statements;
  if (query && more.length === 0) return query;
  const message = `quality test ${name} must be one query, it has ${query ? more.length + 1 : 0}`;
  throw new ConfigError(message);
}
