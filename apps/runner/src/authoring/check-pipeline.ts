import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  mergeConfig,
  type CheckedIssue,
  type InputsAnswer,
  type ValidateCommand,
} from '@rat/contracts';
import { comparesRows, formatRef, type PipelineRef } from '@rat/domain';
import {
  ConfigError,
  StatementError,
  type ChangeTarget,
  type EngineSession,
  type StagedOutput,
  type Statement,
  type TableEngine,
} from '@rat/engine';
import {
  SchemaConflictError,
  TableFormatError,
  UnsupportedTypeError,
  type PartitionSpec,
  type Schema,
} from '@rat/iceberg';
import {
  compileInTime,
  findCall,
  landingZoneVariable,
  TemplateError,
  type CompiledTemplate,
} from '@rat/pipelines';
import { inputsFolder, spillFolder } from '../executor-protocol/attempt-folders.ts';
import { bindTests, parseTests, testInputs } from './check-tests.ts';
import { contextOf, isRefTo, KINDS_OF_RUN, RUN_STARTED_AT } from './run-kinds.ts';
import { pythonIssue, toIssue, type RenderedFile } from './to-issue.ts';
import { UnknownObjects } from './unknown-objects.ts';

/** What the check found. */
export interface CheckedPipeline {
  issues: CheckedIssue[];
  /** The columns of the result; empty while they cannot be known. */
  columns: { name: string; type: string }[];
}

/** Finds the inputs. A table has its columns and no rows; an input that is not there is `missing`. */
export type FindInputs = (wanted: {
  tables: PipelineRef[];
  landingZones: string[];
}) => Promise<InputsAnswer>;

/** One kind of run, for which the template renders. */
interface Side {
  isIncremental: boolean;
  compiled: CompiledTemplate;
  file: RenderedFile;
  statements: Statement[];
  result: Statement;
}

/** The most issues of one check; more would help no author. */
const ISSUES_MAX = 100;

const NO_PARTITION_ID = 999;

/**
 * Binds a pipeline and its tests against the columns of the tables that exist, for a first run and
 * for a later one, without reading rows of tables. A statement that depends on a missing input is
 * parsed only.
 *
 * @example
 * const { issues, columns } = await checkPipeline(engine, command, (wanted) => ask(wanted));
 */
export async function checkPipeline(
  engine: TableEngine,
  command: ValidateCommand,
  findInputs: FindInputs,
): Promise<CheckedPipeline> {
  const issues: CheckedIssue[] = [];
  const sides = renderSides(engine, command, issues);
  const inputs = await findInputs(wantedInputs(sides, command, engine));
  issues.push(...missingInputs(command, sides, inputs));
  const columns = await bindSides(engine, command, { sides, inputs, issues });
  const isNoSql = issues.some(({ path, never }) => path === 'sql' && never);
  const python = isNoSql ? pythonIssue(command.sql) : undefined;
  if (python !== undefined) return { issues: [python], columns: [] };
  return { issues: once(issues).slice(0, ISSUES_MAX), columns };
}

/** Renders the pipeline for every kind of run; kinds with the same SQL count once. */
function renderSides(
  engine: TableEngine,
  command: ValidateCommand,
  issues: CheckedIssue[],
): Side[] {
  const sides: Side[] = [];
  // The kind of the next run comes first: its columns are the answer.
  const kinds = command.target === undefined ? KINDS_OF_RUN : [...KINDS_OF_RUN].reverse();
  for (const kind of kinds) {
    let compiled: CompiledTemplate;
    try {
      const relation = (name: string): string => engine.inputRelation(name);
      compiled = compileInTime(command.sql, { ...contextOf(engine, command, kind), relation });
    } catch (error) {
      // The API has rendered the same templates and reports their mistakes.
      if (error instanceof TemplateError) continue;
      throw error;
    }
    if (sides.some((side) => side.compiled.sql === compiled.sql)) continue;
    const statements = engine.splitStatements(compiled.sql);
    const result = statements.pop();
    const all = result === undefined ? [] : [...statements, result];
    const file = {
      path: 'sql',
      source: command.sql,
      statements: all,
      locate: compiled.locate,
    };
    if (result === undefined) {
      const message = kind.isIncremental
        ? 'the pipeline has no statement in a later run'
        : 'the pipeline has no statement';
      issues.push({ path: 'sql', message, line: 1, column: 1, severity: 'error', never: true });
      continue;
    }
    sides.push({ isIncremental: kind.isIncremental, compiled, file, statements, result });
  }
  return sides;
}

function wantedInputs(
  sides: readonly Side[],
  command: ValidateCommand,
  engine: TableEngine,
): { tables: PipelineRef[]; landingZones: string[] } {
  const own = formatRef(command.pipeline);
  const tables = new Map<string, PipelineRef>();
  const zones = new Set<string>();
  const tests = testInputs(engine, command);
  for (const { refs, landingZones } of [...sides.map(({ compiled }) => compiled), tests]) {
    for (const ref of refs) tables.set(formatRef(ref), ref);
    for (const zone of landingZones) zones.add(zone);
  }
  tables.delete(own);
  return { tables: [...tables.values()], landingZones: [...zones] };
}

/** A warning for each input of the pipeline that is not there. Tests warn about theirs themselves. */
function missingInputs(
  { pipeline, sql }: ValidateCommand,
  sides: readonly Side[],
  { missing = {} }: InputsAnswer,
): CheckedIssue[] {
  const issues: CheckedIssue[] = [];
  for (const { compiled } of sides) {
    for (const name of compiled.refs.map(formatRef)) {
      const failure = missing[name];
      if (failure === undefined) continue;
      const place = findCall(sql, 'ref', (text) => isRefTo(text, name, pipeline.namespace));
      const fix = `run the pipeline ${name} first, or correct the name`;
      issues.push({ ...warning(failure.message), ...place, fix });
    }
    for (const zone of compiled.landingZones) {
      const failure = missing[zone];
      if (failure === undefined) continue;
      const place = findCall(sql, 'landing_zone', (text) => text === zone);
      const fix = `deliver a file into landing zone ${zone} first, or correct the name`;
      issues.push({ ...warning(failure.message), ...place, fix });
    }
  }
  return issues;
}

function warning(message: string): CheckedIssue {
  return { path: 'sql', message, severity: 'warning', never: false };
}

/** Parses every side; binds those without a syntax error, and the tests with the first of them. */
async function bindSides(
  engine: TableEngine,
  command: ValidateCommand,
  { sides, inputs, issues }: { sides: Side[]; inputs: InputsAnswer; issues: CheckedIssue[] },
): Promise<CheckedPipeline['columns']> {
  let columns: CheckedPipeline['columns'] | undefined;
  let own = ownTable(engine, command);
  let areTestsDone = false;
  for (const [index, side] of sides.entries()) {
    const session = await openSession(engine, command, inputs, own);
    try {
      const syntax = await parseAll(session, side);
      issues.push(...syntax.issues);
      if (syntax.issues.length > 0) {
        if (!areTestsDone) issues.push(...(await parseTests(engine, session, command)));
        areTestsDone = true;
        continue;
      }
      const bound = await bindSide(engine, session, command, {
        side,
        inputs,
        hasOwn: own !== undefined,
        dependsOnRows: syntax.dependsOnRows,
      });
      issues.push(...bound.issues);
      if (index === 0 && bound.columns !== undefined) columns = bound.columns;
      const scan = bound.staged && engine.scanStaged(changeTarget(command), bound.staged);
      if (!areTestsDone) {
        areTestsDone = true;
        const tested =
          bound.staged && scan !== undefined ? { columns: bound.staged.columns, scan } : undefined;
        issues.push(...(await bindTests(engine, session, command, { inputs, tested })));
      }
      // A later run of a pipeline without a table reads what its first run would write.
      own ??= scan;
    } finally {
      await session.close();
    }
  }
  return columns ?? [];
}

/** The text that shows the pipeline's own table without its rows; undefined while it has none. */
function ownTable(engine: TableEngine, { target }: ValidateCommand): string | undefined {
  if (target === undefined) return undefined;
  return engine.scan({ schema: target.schema as Schema, files: [] });
}

async function openSession(
  engine: TableEngine,
  command: ValidateCommand,
  inputs: InputsAnswer,
  own: string | undefined,
): Promise<EngineSession> {
  const { tempDir, memoryLimitMb, tempLimitMb, threads } = command;
  const stagingDir = join(tempDir, 'staging');
  const spill = spillFolder(tempDir);
  for (const folder of [stagingDir, spill]) await mkdir(folder, { recursive: true });
  const zones = Object.entries(inputs.landingZones);
  const folder = zones.length === 0 ? {} : { folder: inputsFolder(tempDir) };
  const fileLists = zones.map(([zone, files]) => [landingZoneVariable(zone), files]);
  const ownInput =
    own === undefined ? {} : { [formatRef(command.pipeline)]: { sql: own, files: [] } };
  return engine.open({
    inputs: {
      tables: { ...inputs.tables, ...ownInput },
      fileLists: Object.fromEntries(fileLists),
      ...folder,
    },
    keepsOrder: comparesRows(mergeConfig(command.config).strategy),
    stagingDir,
    tempDir: spill,
    memoryLimitMb,
    tempLimitMb,
    threads,
  });
}

const CHANGES = /^(?:create|insert|update|delete|alter|drop|merge|set|reset)$/i;

/** The syntax errors of all statements, so that an author sees them at once. */
async function parseAll(
  session: EngineSession,
  { file, statements, result }: Side,
): Promise<{ issues: CheckedIssue[]; dependsOnRows: Set<Statement> }> {
  const issues: CheckedIssue[] = [];
  const dependsOnRows = new Set<Statement>();
  for (const statement of [...statements, result]) {
    try {
      const parsed = await session.parse(statement);
      if (parsed.dependsOnRows) dependsOnRows.add(statement);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      issues.push(toIssue(error.failure, file, { never: true }));
    }
  }
  const [first = ''] = /^\w+/.exec(result.text) ?? [];
  if (issues.length === 0 && CHANGES.test(first)) {
    issues.push({
      path: file.path,
      message: 'the last statement must be a SELECT: its rows become the table',
      ...file.locate(result),
      severity: 'error',
      never: true,
    });
  }
  return { issues, dependsOnRows };
}

interface BoundSide {
  issues: CheckedIssue[];
  columns?: CheckedPipeline['columns'];
  /** What a run without rows would stage. */
  staged?: StagedOutput;
}

async function bindSide(
  engine: TableEngine,
  session: EngineSession,
  command: ValidateCommand,
  known: {
    side: Side;
    inputs: InputsAnswer;
    hasOwn: boolean;
    dependsOnRows: ReadonlySet<Statement>;
  },
): Promise<BoundSide> {
  const { side, inputs, hasOwn, dependsOnRows } = known;
  const { file, statements, result } = side;
  const issues: CheckedIssue[] = [];
  const missing = Object.keys(inputs.missing ?? {}).flatMap((name) => [
    engine.inputRelation(name),
    `landing_zone:${name}`,
  ]);
  const own = engine.inputRelation(formatRef(command.pipeline));
  const unknown = new UnknownObjects([...missing, ...(hasOwn ? [] : [own])]);
  if (!hasOwn && !side.isIncremental && file.statements.some(({ text }) => text.includes(own))) {
    issues.push(...firstRunReadsItself(command, file));
  }
  for (const statement of statements) {
    if (dependsOnRows.has(statement)) issues.push(pivotWarning(file, statement));
    if (unknown.isUsedBy(statement) || dependsOnRows.has(statement)) {
      unknown.add(statement);
      continue;
    }
    try {
      await session.outline(statement);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      issues.push(toIssue(error.failure, file, { never: false }));
      unknown.add(statement);
    }
  }
  if (unknown.isUsedBy(result)) return { issues };
  if (dependsOnRows.has(result)) return { issues: [...issues, pivotWarning(file, result)] };
  try {
    const columns = await session.columnsOf(result);
    const settings = await stageNothing(session, command, result);
    if ('issue' in settings) return { issues: [...issues, settings.issue], columns };
    return { issues, columns, staged: settings.staged };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    return { issues: [...issues, toIssue(error.failure, file, { never: false })] };
  }
}

function pivotWarning(file: RenderedFile, statement: Statement): CheckedIssue {
  return {
    path: file.path,
    message: 'the columns of this PIVOT depend on rows, so what reads it was not checked',
    ...file.locate(statement),
    severity: 'warning',
    fix: 'name the columns: PIVOT … ON column IN (…)',
    never: false,
  };
}

function firstRunReadsItself({ sql }: ValidateCommand, file: RenderedFile): CheckedIssue[] {
  const at = sql.search(/\{\{-?\s*this\b/);
  const before = sql.slice(0, Math.max(0, at)).split('\n');
  const place = { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
  return [
    {
      path: file.path,
      message: 'a first run reads the pipeline’s own table, which does not exist yet',
      ...(at < 0 ? {} : place),
      severity: 'warning',
      fix: 'read it within {% if is_incremental() %} … {% endif %}',
      never: false,
    },
  ];
}

/** The pipeline's own table without its files: what the settings are checked against. */
function changeTarget({ target }: ValidateCommand): ChangeTarget {
  if (target === undefined) {
    const ids = { lastColumnId: 0, lastPartitionId: NO_PARTITION_ID };
    return { ...ids, specs: [], files: [], deletes: [] };
  }
  return {
    // The parent parsed both with the same code before it sent them.
    schema: target.schema as Schema,
    specs: target.specs as PartitionSpec[],
    lastColumnId: target.lastColumnId,
    lastPartitionId: target.lastPartitionId,
    files: [],
    deletes: [],
  };
}

/** Checks the settings and the table's columns as a run does, with a result without rows. */
async function stageNothing(
  session: EngineSession,
  command: ValidateCommand,
  result: Statement,
): Promise<{ staged: StagedOutput } | { issue: CheckedIssue }> {
  const merge = mergeConfig(command.config);
  const target = changeTarget(command);
  const empty = { ...result, text: `SELECT * FROM (\n${result.text}\n) LIMIT 0` };
  try {
    const change = { merge, target, runStartedAt: RUN_STARTED_AT, targetFileMb: 16 };
    return { staged: await session.stage(empty, change) };
  } catch (error) {
    const isKnown =
      error instanceof ConfigError ||
      error instanceof SchemaConflictError ||
      error instanceof UnsupportedTypeError ||
      error instanceof TableFormatError ||
      error instanceof StatementError;
    if (!isKnown) throw error;
    const [message = ''] = error.message.split('\n\nLINE ', 1);
    const key = /^(\w+): /.exec(message)?.[1];
    const path = key === undefined ? 'sql' : `config.${key}`;
    return { issue: { path, message, severity: 'error', never: false } };
  }
}

/** Drops what several kinds of run have in common. */
function once(issues: readonly CheckedIssue[]): CheckedIssue[] {
  const seen = new Map<string, CheckedIssue>();
  for (const issue of issues) {
    const key = JSON.stringify([issue.path, issue.line, issue.column, issue.message]);
    if (!seen.has(key)) seen.set(key, issue);
  }
  const isError = ({ severity }: CheckedIssue): boolean => severity === 'error';
  const all = [...seen.values()];
  return [...all.filter(isError), ...all.filter((issue) => !isError(issue))];
}
