import type { queryTablesMessage } from '@rat/contracts';
import {
  formatRef,
  InputError,
  NotFoundError,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import {
  findRefSnapshot,
  findSnapshot,
  MAIN_BRANCH,
  readSnapshot,
  readTableState,
  type TableMetadata,
} from '@rat/iceberg';
import { findTables } from '@rat/store';
import type { z } from 'zod';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import { scanOf } from './table-version.ts';

/** The version to read; neither means main. */
export interface WantedVersion {
  branch?: string | undefined;
  snapshot?: string | undefined;
}

type TablesAnswer = z.infer<typeof queryTablesMessage>;

/**
 * The SELECT and the files of each table, as of one moment. The requested branch or snapshot applies to the tables that
 * have it; the others are read on main. Throws NotFoundError for a table that does not exist, or is of no namespace that the reader may read, InputError for a version that no table
 * has, UnprocessableError for a table that we cannot read.
 */
export async function answerTables(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  refs: readonly PipelineRef[],
  { mayRead, ...version }: WantedVersion & { mayRead: NamespaceSet },
): Promise<TablesAnswer> {
  const found = await findTables(deps.db, refs, mayRead);
  const wantsVersion = version.branch !== undefined || version.snapshot !== undefined;
  let hasVersion = false;
  const tables: TablesAnswer['tables'] = [];
  for (const ref of refs) {
    const name = formatRef(ref);
    const location = found.get(name);
    if (location === undefined) throw new NotFoundError(`table ${name} does not exist`);
    const { metadata } = await withTableName(ref, () => readTableState(deps.tables, location));
    const wanted = wantsVersion ? wantedSnapshot(metadata, version) : undefined;
    hasVersion ||= wanted !== undefined;
    const id = wanted ?? findRefSnapshot(metadata, MAIN_BRANCH)?.['snapshot-id'];
    if (id === undefined) throw new NotFoundError(`table ${name} has not been published yet`);
    const shown = await withTableName(ref, async () => {
      const { schema, files } = await readSnapshot(deps.tables, metadata, id);
      return scanOf(schema, files);
    });
    tables.push({ ...ref, ...shown });
  }
  if (wantsVersion && !hasVersion) {
    const what =
      version.branch === undefined
        ? `snapshot ${version.snapshot ?? ''}`
        : `branch ${version.branch}`;
    throw new InputError(`no table of the query has the ${what}`);
  }
  return { type: 'tables', tables };
}

function wantedSnapshot(metadata: TableMetadata, version: WantedVersion): bigint | undefined {
  const snapshot =
    version.branch === undefined
      ? findSnapshot(metadata, BigInt(version.snapshot ?? ''))
      : findRefSnapshot(metadata, version.branch);
  return snapshot?.['snapshot-id'];
}
