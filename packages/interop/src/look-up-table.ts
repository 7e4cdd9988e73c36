import { join } from 'node:path';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import { parseTableMetadata, readLiveFiles } from '@rat/iceberg';
import { LocalTableFiles } from '@rat/storage';
import type { Fleet } from '@rat/testing';
import type { ExpectedRows } from './pipelines.ts';

/** What the Python program needs of a table. */
export interface TablePlan {
  identifier: string;
  location: string;
  /** Snapshot ids in decimal, by branch or tag. */
  refs: Record<string, string>;
  /** The run of each snapshot; null for another writer's. */
  runIds: Record<string, string | null>;
}

export interface LookedUpTable {
  refs: TablePlan['refs'];
  history: string[];
  plan: TablePlan;
  parentOf: (snapshot: string | undefined) => string;
  snapshotOf: (runId: string) => string | undefined;
  /** What the readers must find in a snapshot; throws when there is no such snapshot. */
  view: (
    what: string,
    snapshot: string | undefined,
    expected: { rows?: ExpectedRows | undefined; count?: number | undefined },
  ) => Promise<object>;
}

/** A table as the product's own reader sees it. */
export async function lookUp(fleet: Fleet, path: string): Promise<LookedUpTable> {
  const identifier = identifierOf(path);
  const rows = await fleet.query<{ identifier: string; location: string }>(
    `SELECT table_namespace || '.' || table_name AS identifier, metadata_location AS location FROM lake.iceberg_tables`,
  );
  const location = rows.find((row) => row.identifier === identifier)?.location;
  if (location === undefined) throw new Error(`the catalog has no table ${identifier}`);
  const files = new LocalTableFiles(join(fleet.home, 'warehouse'));
  const metadata = parseTableMetadata(Buffer.from(await files.read(location)).toString('utf8'));
  const refs = Object.fromEntries(
    Object.entries(metadata.refs).map(([name, ref]) => [name, String(ref['snapshot-id'])]),
  );
  const runIds = Object.fromEntries(
    metadata.snapshots.map((one) => [
      String(one['snapshot-id']),
      one.summary['rat.run-id'] ?? null,
    ]),
  );
  return {
    refs,
    history: metadata['snapshot-log'].map((entry) => String(entry['snapshot-id'])),
    plan: { identifier, location, refs, runIds },
    parentOf: (snapshot) =>
      String(
        metadata.snapshots.find((one) => String(one['snapshot-id']) === snapshot)?.[
          'parent-snapshot-id'
        ],
      ),
    snapshotOf: (runId) => Object.keys(runIds).find((snapshot) => runIds[snapshot] === runId),
    view: async (what, snapshot, { rows, count }) => {
      const written = metadata.snapshots.find((one) => String(one['snapshot-id']) === snapshot);
      const schema = metadata.schemas.find((one) => one['schema-id'] === written?.['schema-id']);
      if (written === undefined || schema === undefined) {
        throw new Error(`${identifier} has no snapshot ${snapshot}`);
      }
      const live = await readLiveFiles(files, metadata, written['snapshot-id']);
      const sql = tableScanSql({
        schema,
        files: live.filter((file) => file.content === 'data'),
        deletes: live.filter((file) => file.content !== 'data'),
      });
      const recorded = live.reduce((sum, file) => sum + file.recordCount, 0);
      return { what, snapshot, sql, count: count ?? rows?.length ?? recorded, rows };
    },
  };
}

export function identifierOf(path: string): string {
  const [namespace, layer, name] = path.split('/');
  return `${namespace}_${layer}.${name}`;
}
