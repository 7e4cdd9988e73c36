import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import type { ColumnTrace, TraceRequest, Statement } from '@rat/engine';
import { INPUT_SCHEMA, inputRelation } from '../sandbox/definition-gate.ts';
import { isNode } from '../sandbox/parse-tree.ts';
import { prepareAllowed, type GateOptions } from '../sandbox/prepare-allowed.ts';
import { CONNECTION_SETTINGS, sandboxSettings } from '../sandbox/sandbox-settings.ts';
import { openInstance } from '../session/open-instance.ts';
import { outlineStatement } from '../session/outline-statement.ts';
import { leadingWords } from '../sql/split-statements.ts';
import { tracePlan, type Origins } from './trace-plan.ts';

/** Binding takes milliseconds; a text that takes longer is not worth the processor. */
const TIMEOUT_MS = 2_000;

/** One interrupt ends one statement, and is lost between two. */
const INTERRUPT_AGAIN_MS = 50;

const MEMORY_MB = 256;

/** A larger plan is of SQL that a program wrote. */
const PLAN_MAX_CHARACTERS = 20_000_000;

// By its full name, because authors may define macros.
const SERIALIZE = 'SELECT system.main.json_serialize_plan($1::VARCHAR)';

/** Separates table and column in an origin; no name of either contains it. */
const SEPARATOR = '\0';

/**
 * The origins of each column of an author's result, by the plan that DuckDB binds. Only names are
 * looked at: the statements are bound in an instance of their own, in which the inputs are empty and
 * no file can be read. Throws when the plan cannot be had or read, as for a PIVOT that finds its own
 * columns, or a scan of CSV or JSON files, and after an abort.
 */
export async function traceColumns(
  request: TraceRequest,
  signal?: AbortSignal,
): Promise<ColumnTrace[]> {
  const instance = await openInstance();
  const connection = await instance.connect();
  const parser = await instance.connect();
  const began = performance.now();
  const watch = setInterval(() => {
    const isLate = performance.now() - began > TIMEOUT_MS;
    if (isLate || signal?.aborted === true) connection.interrupt();
  }, INTERRUPT_AGAIN_MS);
  try {
    await confine(connection, parser, request);
    return await trace(connection, { parser, scope: 'pipeline' }, request);
  } finally {
    clearInterval(watch);
    parser.closeSync();
    connection.closeSync();
    instance.closeSync();
  }
}

async function confine(
  connection: DuckDBConnection,
  parser: DuckDBConnection,
  { tables, tempDir }: TraceRequest,
): Promise<void> {
  await connection.run(`CREATE SCHEMA memory.${INPUT_SCHEMA}`);
  for (const [name, columns] of Object.entries(tables)) {
    const list = columns.map((column) => `${quotedIdentifier(column.name)} ${column.type}`);
    await connection.run(`CREATE TABLE ${inputRelation(name)} (${list.join(', ')})`);
  }
  for (const setting of CONNECTION_SETTINGS) {
    await connection.run(setting);
    await parser.run(setting);
  }
  const limits = { inputFiles: [], stagingDir: tempDir, tempDir, tempLimitMb: 1, threads: 1 };
  for (const setting of sandboxSettings({ ...limits, memoryLimitMb: MEMORY_MB })) {
    await connection.run(setting);
  }
}

async function trace(
  connection: DuckDBConnection,
  gate: GateOptions,
  { statements, result }: TraceRequest,
): Promise<ColumnTrace[]> {
  /** The origins of each column of the tables that the author's own statements make. */
  const made = new Map<string, Map<string, Origins> | undefined>();
  const origins = async (select: Statement): Promise<{ name: string; from: Origins }[]> => {
    const names = await columnNames(connection, select, gate);
    const columns = tracePlan(await planOf(connection, select.text), ({ schema, table }, column) =>
      schema === INPUT_SCHEMA
        ? new Set([`${table}${SEPARATOR}${column}`])
        : made.get(table)?.get(column),
    );
    return names.map((name, index) => ({ name, from: columns[index] ?? new Set() }));
  };
  for (const statement of statements) {
    const created = createdTable(statement);
    if (created !== undefined) {
      const columns = await origins(created.select).catch(() => undefined);
      made.set(created.name, columns && new Map(columns.map(({ name, from }) => [name, from])));
    } else if (changesRows(statement)) {
      // The origins of the added rows are not followed.
      made.clear();
    }
    await outlineStatement(connection, statement, gate);
  }
  return (await origins(result)).map(({ name, from }) => ({ name, from: [...from].map(toColumn) }));
}

function toColumn(origin: string): ColumnTrace['from'][number] {
  const [table = '', column = ''] = origin.split(SEPARATOR);
  return { table, column };
}

/** The names of a query's columns. Goes through the gate: nothing else has checked the text here. */
async function columnNames(
  connection: DuckDBConnection,
  select: Statement,
  gate: GateOptions,
): Promise<string[]> {
  const prepared = await prepareAllowed(connection, select, gate);
  try {
    return Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnName(index));
  } finally {
    prepared.destroySync();
  }
}

async function planOf(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const reader = await connection.runAndReadAll(SERIALIZE, [sql]);
  const text = String(reader.getRows()[0]?.[0]);
  if (text.length > PLAN_MAX_CHARACTERS) throw new Error('the plan is too large');
  const root: unknown = JSON.parse(text);
  const plans = isNode(root) ? root['plans'] : undefined;
  if (!Array.isArray(plans) || plans.length !== 1) throw new Error('there is no plan');
  return plans[0];
}

const CREATE_TABLE_AS =
  /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+|TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(\w+)"?\s+AS\s/i;

/** The table that a statement makes of a query, where its name is plain. */
function createdTable(statement: Statement): { name: string; select: Statement } | undefined {
  const [head = '', name] = CREATE_TABLE_AS.exec(statement.text) ?? [];
  if (name === undefined) return undefined;
  return { name, select: { ...statement, text: statement.text.slice(head.length) } };
}

function changesRows(statement: Statement): boolean {
  const [word = ''] = leadingWords(statement.text, 1);
  return !['create', 'set', 'select', 'from', 'with'].includes(word);
}
