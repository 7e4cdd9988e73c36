import { DuckDBInstance, version } from '@duckdb/node-api';
import { CLASSIFIED_VERSION } from '../sandbox/classified-names.ts';
import { keepByteOrderMarks } from '../values/keep-byte-order-marks.ts';

/**
 * Opens an in-memory DuckDB. Refuses any version but the one in `classified-names.ts`: the names of
 * another version are not classified.
 */
export async function openInstance(): Promise<DuckDBInstance> {
  if (version() !== CLASSIFIED_VERSION) {
    throw new Error(
      `the functions of DuckDB ${version()} are not classified; those of ${CLASSIFIED_VERSION} are`,
    );
  }
  keepByteOrderMarks();
  return DuckDBInstance.create(':memory:');
}
