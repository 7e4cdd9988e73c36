import type { CheckedIssue, InputsAnswer, ValidateCommand } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import { StatementError, type EngineSession, type Statement, type TableEngine } from '@rat/engine';
import { compileInTime, findCall, kindsOfRun, TemplateError } from '@rat/pipelines';
import { compileTests } from '../execution/compile-tests.ts';
import { planTests } from '../execution/plan-run.ts';
import { contextOf, isRefTo } from './run-kinds.ts';
import { toIssue, type RenderedFile } from './to-issue.ts';
import { UnknownObjects } from './unknown-objects.ts';

/** The rows under test: the columns of the table after the run, and the text that shows none of them. */
export interface TestedRows {
  columns: readonly { name: string; type: string }[];
  scan: string;
}

/** A test's SQL in one kind of run. */
interface RenderedTest {
  name: string;
  file: RenderedFile;
  refs: PipelineRef[];
  landingZones: string[];
}

/** The tables and zones that the tests read besides the pipeline's own table. */
export function testInputs(
  engine: TableEngine,
  command: ValidateCommand,
): { refs: PipelineRef[]; landingZones: string[] } {
  const own = formatRef(command.pipeline);
  const rendered = renderTests(engine, command);
  const builtIn = planTests(engine, { ...command, qualityTests: [] }, laterRun(engine, command));
  return {
    refs: [...rendered.flatMap(({ refs }) => refs), ...builtIn.refs].filter(
      (ref) => formatRef(ref) !== own,
    ),
    landingZones: rendered.flatMap(({ landingZones }) => landingZones),
  };
}

/** The mistakes of tests that are none whatever the tables are: no SQL, or not one query. */
export async function parseTests(
  engine: TableEngine,
  session: EngineSession,
  command: ValidateCommand,
): Promise<CheckedIssue[]> {
  const issues: CheckedIssue[] = [];
  for (const { file } of renderTests(engine, command)) {
    issues.push(...(await parseTest(session, file)));
  }
  return issues;
}

/**
 * Binds every test against the rows under test, after the pipeline's statements. Without those rows,
 * tests are parsed only. A missing input of a test is a warning.
 */
export async function bindTests(
  engine: TableEngine,
  session: EngineSession,
  command: ValidateCommand,
  { inputs, tested }: { inputs: InputsAnswer; tested: TestedRows | undefined },
): Promise<CheckedIssue[]> {
  const issues: CheckedIssue[] = [];
  const own = formatRef(command.pipeline);
  if (tested !== undefined) await session.showTested(own, tested.scan);
  const missing = Object.keys(inputs.missing ?? {});
  const unknown = new UnknownObjects(
    missing.flatMap((name) => [engine.testedRelation(name), `landing_zone:${name}'`]),
  );
  for (const test of renderTests(engine, command)) {
    const { file } = test;
    const found = await parseTest(session, file);
    issues.push(...found, ...missingInputs(test, command, inputs));
    const [query] = file.statements;
    if (query === undefined || found.length > 0 || tested === undefined) continue;
    if (unknown.isUsedBy(query)) continue;
    try {
      await session.bindTest(query);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      issues.push(toIssue(error.failure, file, { never: false }));
    }
  }
  if (tested === undefined) return issues;
  return [...issues, ...(await bindBuiltIn(engine, session, command, { inputs, tested }))];
}

function renderTests(engine: TableEngine, command: ValidateCommand): RenderedTest[] {
  const relation = (name: string): string => engine.testedRelation(name);
  return command.qualityTests.flatMap(({ name, sql }) => {
    const rendered: RenderedTest[] = [];
    const seen = new Set<string>();
    for (const kind of kindsOfRun(sql, command.config.params ?? {})) {
      try {
        const context = { ...contextOf(engine, command, kind), relation };
        const { sql: text, refs, landingZones, locate } = compileInTime(sql, context);
        if (seen.has(text)) continue;
        seen.add(text);
        const statements = engine.splitStatements(text);
        const path = `quality_tests.${name}.sql`;
        rendered.push({
          name,
          file: { path, source: sql, statements, locate },
          refs,
          landingZones,
        });
      } catch (error) {
        // The API has rendered the same templates and reports their mistakes.
        if (!(error instanceof TemplateError)) throw error;
      }
    }
    return rendered;
  });
}

async function parseTest(session: EngineSession, file: RenderedFile): Promise<CheckedIssue[]> {
  const { path, statements, locate } = file;
  const [, second] = statements;
  if (statements.length !== 1) {
    const message = `a quality test is one query; this one has ${statements.length} statements`;
    const place = second === undefined ? { line: 1, column: 1 } : locate(second);
    return [{ path, message, ...place, severity: 'error', never: true }];
  }
  const issues: CheckedIssue[] = [];
  for (const statement of statements) issues.push(...(await parseOne(session, statement, file)));
  return issues;
}

async function parseOne(
  session: EngineSession,
  statement: Statement,
  file: RenderedFile,
): Promise<CheckedIssue[]> {
  try {
    await session.parse(statement);
    return [];
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    return [toIssue(error.failure, file, { never: true })];
  }
}

function missingInputs(
  { file, refs, landingZones }: RenderedTest,
  { pipeline }: ValidateCommand,
  { missing = {} }: InputsAnswer,
): CheckedIssue[] {
  const warn = (message: string, place: object = {}): CheckedIssue => ({
    path: file.path,
    message,
    ...place,
    severity: 'warning',
    never: false,
  });
  const tables = refs.map(formatRef).flatMap((name) => {
    const failure = missing[name];
    if (failure === undefined) return [];
    const isMeant = (text: string): boolean => isRefTo(text, name, pipeline.namespace);
    return [warn(failure.message, findCall(file.source, 'ref', isMeant))];
  });
  const zones = landingZones.flatMap((zone) => {
    const failure = missing[zone];
    if (failure === undefined) return [];
    return [
      warn(
        failure.message,
        findCall(file.source, 'landing_zone', (text) => text === zone),
      ),
    ];
  });
  return [...tables, ...zones];
}

/** Binds the tests of the configuration, whose queries depend on the columns. */
async function bindBuiltIn(
  engine: TableEngine,
  session: EngineSession,
  command: ValidateCommand,
  { inputs, tested }: { inputs: InputsAnswer; tested: TestedRows },
): Promise<CheckedIssue[]> {
  const context = laterRun(engine, command);
  const { tests } = planTests(engine, { ...command, qualityTests: [] }, context);
  const compiled = await compileTests({ engine, session }, tests, {
    pipeline: command.pipeline,
    runStartedAt: context.runStartedAt,
    columns: tested.columns,
    main: undefined,
    unavailable: inputs.missing ?? {},
  });
  const issues: CheckedIssue[] = [];
  for (const [index, { query }] of compiled.entries()) {
    const path = `config.tests.${index}`;
    if ('code' in query) {
      const isMissing = query.code !== 'config_error';
      const severity = isMissing ? 'warning' : 'error';
      issues.push({ path, message: query.message, severity, never: false });
      continue;
    }
    try {
      await session.bindTest(query);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const [message = ''] = error.failure.message.split('\n\nLINE ', 1);
      issues.push({ path, message, severity: 'error', never: false });
    }
  }
  return issues;
}

function laterRun(engine: TableEngine, command: ValidateCommand) {
  return contextOf(engine, command, { isIncremental: true, hasWatermark: true, values: {} });
}
