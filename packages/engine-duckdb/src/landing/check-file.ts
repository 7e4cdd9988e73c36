import { quotedString } from '@duckdb/node-api';
import { canHold, type Column } from '@rat/domain';
import { StatementError, type SessionLimits } from '@rat/engine';
import type { Session } from '../session/session.ts';
import {
  badValue,
  readerOf,
  toProblem,
  withFile,
  type DeliveredFile,
  type FileProblem,
} from './delivered-file.ts';
import { isLimit } from './inspect-file.ts';

/** The most characters of a wrong value that a message shows. */
const VALUE_SHOWN = 100;

/**
 * In what a delivered file differs from the columns that its zone expects: none when it fits. The
 * order of columns and the case of their names do not matter. Every value of a text file is read.
 * Throws StatementError only when a limit ended it.
 *
 * @example
 * const problems = await checkFile(file, [{ name: 'id', type: 'BIGINT' }], limits);
 * // [{ column: 'id', message: 'line 3 holds "x", which is no BIGINT', line: 3 }]
 */
export async function checkFile(
  file: DeliveredFile,
  expected: readonly Column[],
  limits: SessionLimits,
): Promise<FileProblem[]> {
  try {
    return await withFile(file, limits, async (session) => {
      const found = await describe(session, file);
      const names = compareNames(expected, found);
      return [...names, ...(await compareTypes(session, file, { expected, found }))];
    });
  } catch (error) {
    if (!(error instanceof StatementError) || isLimit(error)) throw error;
    return [toProblem(error.failure.message)];
  }
}

async function describe(session: Session, file: DeliveredFile): Promise<Column[]> {
  const rows = await session.execute(`DESCRIBE SELECT * FROM ${readerOf(file, namesOnly(file))}`);
  return rows.map(([name, type]) => ({ name: name ?? '', type: type ?? '' }));
}

/** A zone with expected columns takes CSV with a header: only the header names the columns. */
function namesOnly({ format }: DeliveredFile): string {
  if (format === 'csv') return ', header = true, all_varchar = true';
  // A field that only a late record has is a column too.
  return format === 'json' ? ', sample_size = -1' : '';
}

/** Missing and unexpected columns. */
export function compareNames(expected: readonly Column[], found: readonly Column[]): FileProblem[] {
  const problems: FileProblem[] = [];
  for (const { name, type } of expected) {
    if (findColumn(found, name) === undefined) {
      problems.push({ column: name, message: `the column is missing; it must be ${type}` });
    }
  }
  for (const { name } of found) {
    if (findColumn(expected, name) !== undefined) continue;
    const all = expected.map((column) => column.name).join(', ');
    problems.push({ column: name, message: `the column is not expected; the zone has ${all}` });
  }
  return problems;
}

function findColumn(columns: readonly Column[], name: string): Column | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

interface Compared {
  expected: readonly Column[];
  found: readonly Column[];
}

function compareTypes(
  session: Session,
  file: DeliveredFile,
  compared: Compared,
): Promise<FileProblem[]> | FileProblem[] {
  switch (file.format) {
    case 'parquet':
      return compareStoredTypes(compared);
    case 'csv':
      return compareCsvValues(session, file, compared);
    case 'json':
      return compareJsonValues(session, file, compared);
  }
}

/** Parquet stores types, so no value is read. */
function compareStoredTypes({ expected, found }: Compared): FileProblem[] {
  const problems: FileProblem[] = [];
  for (const { name, type } of found) {
    const wanted = findColumn(expected, name);
    if (wanted === undefined || canHold(wanted.type, type)) continue;
    problems.push({
      column: wanted.name,
      message: `the column is ${type} and must be ${wanted.type}`,
    });
  }
  return problems;
}

/** How many wrong values of a CSV are kept; the first of each column is reported. */
const REJECTS_MAX = 1_000;

/**
 * Reads every value as the type that the zone expects. DuckDB keeps the values that it cannot
 * convert; one thread finds them in the order of the lines.
 */
async function compareCsvValues(
  session: Session,
  file: DeliveredFile,
  { expected, found }: Compared,
): Promise<FileProblem[]> {
  const types = found.map(({ name }) => ({ name, type: findColumn(expected, name)?.type }));
  const source = readerOf(
    file,
    `, header = true, types = ${typesOf(types)}, parallel = false, store_rejects = true, rejects_limit = ${REJECTS_MAX}`,
  );
  await session.execute(`SELECT count(*), count(COLUMNS(*)) FROM ${source}`);
  const rejects = await session.execute(
    `SELECT column_name, line, error_type, error_message FROM reject_errors ORDER BY line`,
  );
  const problems = new Map<string, FileProblem>();
  for (const [name, line, kind, message] of rejects) {
    const key = kind === 'CAST' ? (name ?? '') : '';
    if (problems.has(key)) continue;
    const wanted = key === '' ? undefined : findColumn(expected, key);
    problems.set(key, wrongValue(wanted, Number(line), message ?? ''));
  }
  return [...problems.values()];
}

/** The first record that cannot be converted ends the statement. */
async function compareJsonValues(
  session: Session,
  file: DeliveredFile,
  { expected, found }: Compared,
): Promise<FileProblem[]> {
  const both = found.flatMap(({ name }) => {
    const type = findColumn(expected, name)?.type;
    return type === undefined ? [] : [{ name, type }];
  });
  if (both.length === 0) return [];
  const problems: FileProblem[] = [];
  const columns = typesOf(both);
  const source = readerOf(file, `, columns = ${columns}`);
  try {
    await session.execute(`SELECT count(*), count(COLUMNS(*)) FROM ${source}`);
  } catch (error) {
    if (!(error instanceof StatementError) || isLimit(error)) throw error;
    const { message, line } = toProblem(error.failure.message);
    // DuckDB names the record and not the column: a column whose inferred type is not wide enough
    // is the likely one.
    const narrow = found.find(({ name, type }) => {
      const wanted = findColumn(expected, name);
      return wanted !== undefined && !canHold(wanted.type, type);
    });
    const wanted = narrow && findColumn(expected, narrow.name);
    problems.push(line === undefined ? { message } : wrongValue(wanted, line, message));
  }
  return problems;
}

function wrongValue(wanted: Column | undefined, line: number, message: string): FileProblem {
  const value = badValue(message);
  if (wanted === undefined || value === undefined) {
    return { message: message.split('\n', 1)[0] ?? message, line };
  }
  const shown = value.length > VALUE_SHOWN ? `${value.slice(0, VALUE_SHOWN)}…` : value;
  return {
    column: wanted.name,
    message: `line ${line} holds ${JSON.stringify(shown)}, which is no ${wanted.type}`,
    line,
  };
}

function typesOf(columns: readonly { name: string; type: string | undefined }[]): string {
  const pairs = columns.map(
    ({ name, type = 'VARCHAR' }) => `${quotedString(name)}: ${quotedString(type)}`,
  );
  return `{${pairs.join(', ')}}`;
}
