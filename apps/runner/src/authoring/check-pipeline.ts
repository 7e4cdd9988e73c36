import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedIssue, InputsAnswer, ValidateCommand } from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import { comparesRows, formatRef, type Failure, type PipelineRef } from '@rat/domain';
import type { EngineSession, Statement, TableEngine } from '@rat/engine';
import type { Schema } from '@rat/iceberg';
import { landingZoneVariable } from '@rat/pipelines';
import { emptyZoneInputs, readEmptyZones } from '../execution/empty-zones.ts';
import { inputsFolder, spillFolder } from '../executor-protocol/attempt-folders.ts';
import { bindSide, changeTarget, parseAll } from './bind-side.ts';
import { bindTests, parseTests } from './check-tests.ts';
import { missingInputs, renderSides, wantedInputs, type Side } from './render-sides.ts';
import { pythonIssue } from './to-issue.ts';

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

/** The most issues of one check; more would help no author. */
const ISSUES_MAX = 100;

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
  const found = await findInputs(wantedInputs(sides, command, engine));
  issues.push(...missingInputs(command, sides, found));
  const known = withEmptyZones(engine, sides, found);
  const columns = await bindSides(engine, command, { ...known, issues });
  const isNoSql = issues.some(({ path, never }) => path === 'sql' && never);
  const python = isNoSql ? pythonIssue(command.sql) : undefined;
  if (python !== undefined) return { issues: [python], columns: [] };
  return { issues: once(issues).slice(0, ISSUES_MAX), columns };
}

/** Lets the statements read zones without files as no rows of the columns that the zones expect. */
function withEmptyZones(
  engine: TableEngine,
  sides: readonly Side[],
  found: InputsAnswer,
): { sides: Side[]; inputs: InputsAnswer } {
  const statements = sides.flatMap((side) => [...side.statements, side.result]);
  const { plan, inputs } = readEmptyZones(engine, { statements, tests: [] }, found);
  const readings = new Map(statements.map((one, index) => [one, plan.statements[index] ?? one]));
  const read = (one: Statement): Statement => readings.get(one) ?? one;
  return {
    sides: sides.map((side) => ({
      ...side,
      statements: side.statements.map(read),
      result: read(side.result),
    })),
    inputs,
  };
}

/** A quality test that reads a zone without files is parsed only. */
function inputsOfTests(inputs: InputsAnswer): InputsAnswer {
  const empty = Object.keys(inputs.emptyZones ?? {}).map((zone): [string, Failure] => [
    zone,
    { code: 'source_not_found', message: `landing zone ${zone} has no files` },
  ]);
  return { ...inputs, missing: { ...inputs.missing, ...Object.fromEntries(empty) } };
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
        issues.push(
          ...(await bindTests(engine, session, command, { inputs: inputsOfTests(inputs), tested })),
        );
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
      tables: { ...inputs.tables, ...emptyZoneInputs(engine, inputs), ...ownInput },
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
