import type { ChangeTarget, StagedOutput } from '@rat/engine';
import { tableScanSql } from '../table-sql/table-scan-sql.ts';

/**
 * The SELECT of the rows that a reader of the run's branch sees: those of the kept files and those
 * of the new files. Existing delete files do not apply to the new files.
 */
export function scanStaged(target: ChangeTarget, staged: StagedOutput): string {
  if (staged.form !== 'files') throw new TypeError('DuckDB stages files');
  const { schema, files, removed } = staged;
  const gone = removed === 'all' ? undefined : new Set(removed);
  const kept = gone === undefined ? [] : target.files.filter((file) => !gone.has(file.path));
  const added = files.map((file) => ({ ...file, sequenceNumber: Number.MAX_SAFE_INTEGER }));
  return tableScanSql({ schema, files: [...kept, ...added], deletes: target.deletes });
}
