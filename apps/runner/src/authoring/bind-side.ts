import type { CheckedIssue, InputsAnswer, ValidateCommand } from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import { formatRef } from '@rat/domain';
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
import { pathOfSetting } from '../executor-protocol/path-of-setting.ts';
import type { Side } from './render-sides.ts';
import { RUN_STARTED_AT } from './run-kinds.ts';
import { toIssue, type RenderedFile } from './to-issue.ts';
import { UnknownObjects } from './unknown-objects.ts';

/** New partition fields are numbered from the next id on, independent of columns. */
const NO_PARTITION_ID = 999;

const CHANGES = /^(?:create|insert|update|delete|alter|drop|merge|set|reset)$/i;

/** The syntax errors of all statements, so that an author sees them at once. */
export async function parseAll(
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

/** What binding one kind of run found. */
export interface BoundSide {
  issues: CheckedIssue[];
  columns?: { name: string; type: string }[];
  /** What a run without rows would stage. */
  staged?: StagedOutput;
}

/** Binds the statements of one kind of run, and checks the settings against its columns. */
export async function bindSide(
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
    `landing_zone:${name}'`,
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
export function changeTarget({ target }: ValidateCommand): ChangeTarget {
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
    return { issue: { path: pathOfSetting(message), message, severity: 'error', never: false } };
  }
}
