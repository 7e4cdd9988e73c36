import type { BuiltInCheck, BuiltInTest } from '@rat/contracts';
import { builtInCheck, columnsOf } from '@rat/contracts/children';
import { formatRef, parseRef, type PipelineRef, quoteIdentifier, quoteText } from '@rat/domain';

/** The facts that a built-in test is compiled with; known once the rows are written. */
export interface BuiltInTestContext {
  pipeline: PipelineRef;
  /** ISO 8601. `freshness` measures age up to this time. */
  runStartedAt: string;
  /** The columns of the tested rows, with DuckDB's type names. */
  columns: readonly { name: string; type: string }[];
  /** The columns of each table that a test refers to, by `namespace.layer.name`. */
  columnsOfTables: ReadonlyMap<string, readonly string[]>;
  /** Returns the SQL for a table given as `namespace.layer.name`; by default a quoted name. */
  relation?: (name: string) => string;
  /** Rows of main before the run; undefined while no run has published the table. */
  mainRows: number | undefined;
}

/** A built-in test refers to a missing table or column: the author's `config_error`. */
export class BuiltInTestError extends Error {
  override readonly name = 'BuiltInTestError';
}

/** Aliases that cannot collide with an author's column. */
const TESTED = '"__rat_tested"';
const OTHER = '"__rat_other"';

/** The referenced table of a `relationships` test; undefined for the other tests. */
export function builtInTestRef(test: BuiltInTest, pipeline: PipelineRef): PipelineRef | undefined {
  const { relationships } = test;
  return relationships && parseRef(relationships.to, pipeline.namespace);
}

/**
 * The query for the rows that violate a test. Names are quoted, values are literals of their
 * column's type, and columns match case-insensitively. `unique` treats NULLs as equal;
 * `accepted_values` and `relationships` accept NULL. Throws BuiltInTestError.
 */
export function compileBuiltInTest(test: BuiltInTest, context: BuiltInTestContext): string {
  const check = builtInCheck(test);
  const columns = columnsOf(check).map((name) => findColumn(name, context));
  const names = columns.map(({ name }) => quoteIdentifier(name));
  const { relation = quoteIdentifier } = context;
  const self = relation(formatRef(context.pipeline));
  const [first = { name: '', type: '' }] = columns;
  const [name = ''] = names;
  switch (check.kind) {
    case 'not_null':
      return `SELECT * FROM ${self} WHERE ${names.map((one) => `${one} IS NULL`).join(' OR ')}`;
    case 'unique': {
      const list = names.join(', ');
      return `SELECT ${list}, count(*) AS occurrences FROM ${self} GROUP BY ${list} HAVING count(*) > 1`;
    }
    case 'accepted_values': {
      const values = check.values.map((value) => literal(value, first.type)).join(', ');
      return `SELECT * FROM ${self} WHERE ${name} NOT IN (${values})`;
    }
    case 'relationships':
      return relationshipSql(check, { self, name }, test, context);
    case 'row_count':
      return rowCountSql(check, self, context.mainRows);
    case 'freshness': {
      if (!/^(DATE|TIMESTAMP)/.test(first.type)) {
        throw new BuiltInTestError(`column ${first.name} is ${first.type}, which has no age`);
      }
      const oldest = new Date(Date.parse(context.runStartedAt) - check.maxAgeHours * 3_600_000);
      const limit = literal(oldest.toISOString().replace('T', ' ').replace('Z', ''), 'TIMESTAMP');
      const newest = `CAST(max(${name}) AS TIMESTAMP)`;
      return `SELECT ${newest} AS newest FROM ${self} HAVING ${newest} IS NULL OR ${newest} < ${limit}`;
    }
  }
}

function relationshipSql(
  { to, field }: Extract<BuiltInCheck, { kind: 'relationships' }>,
  tested: { self: string; name: string },
  test: BuiltInTest,
  context: BuiltInTestContext,
): string {
  const { relation = quoteIdentifier } = context;
  const ref = builtInTestRef(test, context.pipeline);
  if (ref === undefined) throw new BuiltInTestError(`there is no table ${to}`);
  const table = formatRef(ref);
  const isOwn = table === formatRef(context.pipeline);
  const fields = isOwn
    ? context.columns.map((column) => column.name)
    : (context.columnsOfTables.get(table) ?? []);
  const found = fields.find((column) => isSameName(column, field));
  if (found === undefined) throw new BuiltInTestError(`${to} has no column ${field}`);
  const value = `${TESTED}.${tested.name}`;
  return (
    `SELECT ${TESTED}.* FROM ${tested.self} AS ${TESTED} WHERE ${value} IS NOT NULL AND NOT EXISTS (` +
    `SELECT 1 FROM ${relation(table)} AS ${OTHER} WHERE ${OTHER}.${quoteIdentifier(found)} = ${value})`
  );
}

function rowCountSql(
  { min, max, maxChangePct }: Extract<BuiltInCheck, { kind: 'row_count' }>,
  self: string,
  mainRows: number | undefined,
): string {
  const limits: { problem: string; condition: string }[] = [];
  if (min !== undefined)
    limits.push({ problem: `fewer than ${min}`, condition: `row_count < ${min}` });
  if (max !== undefined)
    limits.push({ problem: `more than ${max}`, condition: `row_count > ${max}` });
  // No percentage of zero rows exists: an empty table is treated as a missing one.
  if (maxChangePct !== undefined && mainRows !== undefined && mainRows > 0) {
    limits.push({
      problem: `more than ${maxChangePct} % away from the ${mainRows} rows before`,
      condition: `abs(row_count - ${mainRows}) * 100.0 > ${maxChangePct} * ${mainRows}`,
    });
  }
  const problems = limits.map(
    ({ problem, condition }) =>
      `SELECT row_count, ${quoteText(problem)} AS problem FROM counted WHERE ${condition}`,
  );
  const counted = `WITH counted AS (SELECT count(*) AS row_count FROM ${self})`;
  return `${counted} ${problems.join(' UNION ALL ') || 'SELECT row_count FROM counted WHERE false'}`;
}

function findColumn(name: string, { columns }: BuiltInTestContext): { name: string; type: string } {
  const found = columns.find((column) => isSameName(column.name, name));
  if (found === undefined) throw new BuiltInTestError(`the table has no column ${name}`);
  return found;
}

/**
 * Casts a value to its column's type, because YAML may give it another one; an impossible cast
 * fails the test.
 */
function literal(value: string | number | boolean, type: string): string {
  return `CAST(${quoteText(String(value))} AS ${type})`;
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
