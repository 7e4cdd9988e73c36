import type { PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { storableJson } from '../db/storable.ts';

/** A profile that was computed before, in its wire shape. */
export interface StoredProfile {
  profile: unknown;
  computedAt: Date;
}

/** The profile of a table's snapshot; undefined when another snapshot's is stored, or none. */
export async function findTableProfile(
  db: Database,
  { namespace, layer, name }: PipelineRef,
  snapshotId: string,
): Promise<StoredProfile | undefined> {
  const answer = await db.pool.query<{ profile: unknown; computed_at: Date }>({
    name: 'find-table-profile',
    text: `SELECT profile, computed_at
      FROM table_profiles
      WHERE namespace = $1 AND layer = $2 AND name = $3 AND snapshot_id = $4`,
    values: [namespace, layer, name, snapshotId],
  });
  const [row] = answer.rows;
  return row && { profile: row.profile, computedAt: row.computed_at };
}

/** Stores a profile in place of the table's last one. Returns when it was stored. */
export async function saveTableProfile(
  db: Database,
  { namespace, layer, name }: PipelineRef,
  snapshotId: string,
  profile: unknown,
): Promise<Date> {
  const answer = await db.pool.query<{ computed_at: Date }>(
    `INSERT INTO table_profiles (namespace, layer, name, snapshot_id, profile, computed_at)
     VALUES ($1, $2, $3, $4, $5::jsonb, now())
     ON CONFLICT (namespace, layer, name) DO UPDATE SET
       snapshot_id = excluded.snapshot_id,
       profile = excluded.profile,
       computed_at = excluded.computed_at
     RETURNING computed_at`,
    [namespace, layer, name, snapshotId, storableJson(profile)],
  );
  const [row] = answer.rows;
  if (row === undefined) throw new Error('an upsert returned no row');
  return row.computed_at;
}
