import { DuckDBInstance, version } from '@duckdb/node-api';
import { CLASSIFIED_VERSION } from './classified-names.ts';
import { keepByteOrderMarks } from './keep-byte-order-marks.ts';

/**
 * Opens a DuckDB in memory. Refuses an engine other than the one that `classified-names.ts` was read from: what a new one
 * brings is not safe before it is classified.
 */
export async function openEngine(): Promise<DuckDBInstance> {
  if (version() !== CLASSIFIED_VERSION) {
    throw new Error(
      `the functions of DuckDB ${version()} are not classified; those of ${CLASSIFIED_VERSION} are`,
    );
  }
  keepByteOrderMarks();
  return DuckDBInstance.create(':memory:');
}
