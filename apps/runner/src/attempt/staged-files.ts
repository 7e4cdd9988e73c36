import type { StagedOutput } from '@rat/engine';
import { adoptSnapshot, type DataFile } from '@rat/iceberg';
import type { ClaimedRun } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';

/**
 * The data files that an engine staged: those that it reports, or those of the private table that
 * it filled. Throws TableFormatError for a private table with files outside of the run's table.
 */
export async function stagedFiles(
  deps: Pick<AttemptDeps, 'tables'>,
  run: ClaimedRun,
  staged: StagedOutput,
): Promise<DataFile[]> {
  if (staged.form === 'files') return staged.files;
  const { namespace, layer, name } = runTable(run);
  const folder = deps.tables.uri(namespace, layer, name);
  return adoptSnapshot(deps.tables, staged.metadataLocation, `${folder}/data/`);
}
