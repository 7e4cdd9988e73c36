import type { StagedOutput } from '@rat/engine';
import { adoptSnapshot, type DataFile } from '@rat/iceberg';
import { fileUri } from '@rat/storage';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

/**
 * The data files that an engine staged: those that it reports, or those of the private table that
 * it filled in the attempt's folder. Throws TypeError for a private table with anything else.
 */
export async function stagedFiles(
  { tables }: Pick<AttemptDeps, 'tables'>,
  staged: StagedOutput,
  stagingDir: string,
): Promise<DataFile[]> {
  if (staged.form === 'files') return staged.files;
  const { metadataLocation, schema, spec } = staged;
  return adoptSnapshot(tables, metadataLocation, {
    folder: `${fileUri(stagingDir)}/`,
    schema,
    spec,
  });
}
