import type { Column } from '@rat/domain';
import { StatementError, type SessionLimits } from '@rat/engine';
import {
  readerOf,
  toProblem,
  withFile,
  type DeliveredFile,
  type FileProblem,
} from './delivered-file.ts';

/** What a delivered file holds, as a pipeline would see it without options of its own. */
export interface InspectedFile {
  columns: Column[] | undefined;
  /** The first rows as JSON values; undefined when the file cannot be read. */
  rows: unknown[][] | undefined;
  /** undefined where counting would read a large file. */
  rowCount: number | undefined;
  problem: FileProblem | undefined;
}

/** Up to this size a whole file is read: its rows are counted, and a broken one is found. */
const READ_WHOLE_BYTES = 32 * 1024 * 1024;

/**
 * Reads the columns and the first rows of a file. A file that cannot be read is answered with its
 * problem. Throws StatementError only when a limit ended it.
 */
export async function inspectFile(
  file: DeliveredFile,
  options: SessionLimits & { maxRows: number; maxBytes: number },
): Promise<InspectedFile> {
  const found: InspectedFile = {
    columns: undefined,
    rows: undefined,
    rowCount: undefined,
    problem: undefined,
  };
  try {
    await withFile(file, options, async (session) => {
      const source = readerOf(file);
      const described = await session.execute(`DESCRIBE SELECT * FROM ${source}`);
      found.columns = described.map(([name, type]) => ({ name: name ?? '', type: type ?? '' }));
      const { maxRows, maxBytes } = options;
      const select = `SELECT * FROM ${source} LIMIT ${maxRows}`;
      const first = await session.readJson(select, { maxRows, maxBytes });
      found.rowCount = await countRows(file, (sql) => session.execute(sql));
      // An empty list would mean that the file has no rows.
      if (first.isFirstTooLarge) found.problem = { message: tooLarge(maxBytes) };
      else found.rows = first.rows;
    });
  } catch (error) {
    if (!(error instanceof StatementError) || isLimit(error)) throw error;
    found.problem = toProblem(error.failure.message);
  }
  return found;
}

function tooLarge(maxBytes: number): string {
  return `the first row takes more than the ${Math.ceil(maxBytes / 1024)} kB that can be shown`;
}

/** Parquet holds its number of rows; the rows of other files must be counted. */
async function countRows(
  file: DeliveredFile,
  execute: (sql: string) => Promise<(string | null)[][]>,
): Promise<number | undefined> {
  const isParquet = file.format === 'parquet';
  if (!isParquet && file.bytes > READ_WHOLE_BYTES) return undefined;
  // count(*) alone converts no value, and so finds no broken one.
  const all = isParquet ? '' : ', count(COLUMNS(*))';
  const [[count] = []] = await execute(`SELECT count(*)${all} FROM ${readerOf(file)}`);
  return Number(count);
}

/** Whether a limit of the session ended the statement: nothing is known about the file then. */
export function isLimit({ failure }: StatementError): boolean {
  return failure.code === 'out_of_memory' || failure.code === 'disk_full';
}
