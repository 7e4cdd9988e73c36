import type pg from 'pg';
import { withTransaction, type Database } from '../db/database.ts';
import { storableJson } from '../db/storable.ts';
import { TOUCH } from './touch-triggers.ts';

/** A landing zone. */
export interface WatchedZone {
  namespace: string;
  zone: string;
}

/** A file of a zone at one moment. */
export interface SeenFile {
  path: string;
  bytes: number;
  modifiedAt: Date;
}

/** Returns the test whether the path of a file matches a glob; null: every file does. */
type MatchFiles = (pattern: string | null) => (path: string) => boolean;

/**
 * Notes a file that arrived complete, as an upload does, and touches the triggers that watch for it.
 * Returns whether there are such triggers. The same file again changes nothing.
 */
export async function noteUploadedFile(
  db: Database,
  zone: WatchedZone,
  file: SeenFile,
  matchFiles: MatchFiles,
): Promise<boolean> {
  // A file of a zone that nothing watches is found by the first listing for a trigger.
  if ((await findWatchers(db, zone)).length === 0) return false;
  return noteAndTouch(db, zone, matchFiles, async (client) => {
    const noted = await client.query<{ path: string }>(NOTE_FILE, [
      zone.namespace,
      zone.zone,
      file.path,
      file.bytes,
      file.modifiedAt,
    ]);
    return noted.rows.map(({ path }) => path);
  });
}

/**
 * Notes files under the lock of their zone, and touches the triggers that watch for one of them, in one
 * transaction. Returns whether there are such triggers. A trigger is stored under the same lock, so it is
 * among the watchers, or finds the files itself.
 */
async function noteAndTouch(
  db: Database,
  zone: WatchedZone,
  matchFiles: MatchFiles,
  note: (client: pg.PoolClient) => Promise<string[]>,
): Promise<boolean> {
  return withTransaction(db.pool, async (client) => {
    await client.query(LOCK_ZONE, [zone.namespace, zone.zone]);
    const paths = await note(client);
    if (paths.length === 0) return false;
    const watchers = await findWatchers({ pool: client }, zone);
    return touchWatchers({ pool: client }, zone, watchers, paths, matchFiles);
  });
}

interface Watcher {
  id: string;
  pattern: string | null;
}

async function findWatchers(
  db: { pool: Pick<Database['pool'], 'query'> },
  { namespace, zone }: WatchedZone,
): Promise<Watcher[]> {
  const answer = await db.pool.query<Watcher>({
    ...FIND_WATCHERS,
    values: [`zone:${namespace}/${zone}`],
  });
  return answer.rows;
}

const FIND_WATCHERS = {
  name: 'find-zone-watchers',
  text: `SELECT t.id::text, t.config ->> 'pattern' AS pattern
    FROM trigger_inputs i JOIN triggers t ON t.id = i.trigger_id
    WHERE i.input = $1 AND t.deleted_at IS NULL`,
};

/** Returns whether a trigger watches for one of the files. */
async function touchWatchers(
  db: { pool: Pick<Database['pool'], 'query'> },
  { namespace, zone }: WatchedZone,
  watchers: readonly Watcher[],
  paths: readonly string[],
  matchFiles: MatchFiles,
): Promise<boolean> {
  const ids = watchers.filter(({ pattern }) => paths.some(matchFiles(pattern))).map(({ id }) => id);
  if (ids.length === 0) return false;
  await db.pool.query(LOCK_TRIGGERS, [ids]);
  await db.pool.query(TOUCH_WATCHERS, [ids, namespace, zone]);
  return true;
}

/** The zone before the triggers, as `lockZones` does, and the triggers before their inputs. */
const LOCK_ZONE = `SELECT 1 FROM zone_heads WHERE namespace = $1 AND zone = $2 FOR UPDATE`;

const LOCK_TRIGGERS = `SELECT 1 FROM triggers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;

const NOTE_FILE = `
  INSERT INTO zone_files AS f (namespace, zone, path, bytes, modified_at, position)
  VALUES ($1, $2, $3, $4, $5, nextval('zone_files_order'))
  ON CONFLICT (namespace, zone, path) DO UPDATE SET
    bytes = excluded.bytes,
    modified_at = excluded.modified_at,
    position = excluded.position
  WHERE f.position IS NULL
    OR (f.bytes, f.modified_at) IS DISTINCT FROM (excluded.bytes, excluded.modified_at)
  RETURNING path`;

const TOUCH_WATCHERS = `
  WITH noted AS (
    UPDATE trigger_inputs SET
      latest = (SELECT max(position) FROM zone_files WHERE namespace = $2 AND zone = $3)::text,
      latest_at = now()
    WHERE trigger_id = ANY ($1::uuid[]) AND input = 'zone:' || $2 || '/' || $3
  )
  ${TOUCH('SELECT unnest($1::uuid[])')}`;

/** A zone to list, and what was known about it before. */
export interface ZoneToScan extends WatchedZone {
  /** The newest file that was known, in decimal: later ones may be missing from the list. */
  known: string;
}

/**
 * Takes watched zones that no runner has listed for a while. The database gives each zone to one
 * runner.
 */
export async function takeZonesToScan(
  db: Database,
  { everyMs, limit }: { everyMs: number; limit: number },
): Promise<ZoneToScan[]> {
  const answer = await db.pool.query<ZoneToScan>({ ...TAKE_ZONES, values: [everyMs, limit] });
  return answer.rows;
}

/** A zone that no trigger watches any more keeps its row, and is not taken. */
const TAKE_ZONES = {
  name: 'take-zones-to-scan',
  text: `UPDATE zone_heads z SET scanned_at = now()
    WHERE (z.namespace, z.zone) IN (
      SELECT namespace, zone FROM zone_heads h
      WHERE (scanned_at IS NULL OR scanned_at <= now() - $1::int * interval '1 millisecond')
        AND EXISTS (
          SELECT 1 FROM trigger_inputs WHERE input = 'zone:' || h.namespace || '/' || h.zone
        )
      ORDER BY scanned_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING
      z.namespace,
      z.zone,
      coalesce(
        (SELECT max(position) FROM zone_files f WHERE f.namespace = z.namespace AND f.zone = z.zone),
        0
      )::text AS known`,
};

/**
 * Compares the files of a zone with those that were known. A file counts from the second time on that
 * it is seen with the same size and time: it may be growing. Returns whether a trigger watches for one
 * that counts now.
 */
export async function noteListedFiles(
  db: Database,
  zone: ZoneToScan,
  files: readonly SeenFile[],
  matchFiles: MatchFiles,
): Promise<boolean> {
  const seen = storableJson(
    files.map(({ path, bytes, modifiedAt }) => ({ path, bytes, modified_at: modifiedAt })),
  );
  return noteAndTouch(db, zone, matchFiles, async (client) => {
    await client.query(FORGET_GONE, [zone.namespace, zone.zone, seen, zone.known]);
    const settled = await client.query<{ path: string }>(SETTLE, [zone.namespace, zone.zone, seen]);
    await client.query(NOTE_NEW, [zone.namespace, zone.zone, seen, zone.known]);
    return settled.rows.map(({ path }) => path);
  });
}

const SEEN = `jsonb_to_recordset($3::jsonb) AS s (path text, bytes bigint, modified_at timestamptz)`;

/** A file that was uploaded after the list began is missing from it. */
const FORGET_GONE = `DELETE FROM zone_files f
  WHERE f.namespace = $1
    AND f.zone = $2
    AND coalesce(f.position, 0) <= $4::bigint
    AND NOT EXISTS (SELECT 1 FROM ${SEEN} WHERE s.path = f.path)`;

const SETTLE = `UPDATE zone_files f SET position = nextval('zone_files_order')
  FROM ${SEEN}
  WHERE f.namespace = $1
    AND f.zone = $2
    AND f.path = s.path
    AND f.position IS NULL
    AND (f.bytes, f.modified_at) = (s.bytes, s.modified_at)
  RETURNING f.path`;

/** A file that was uploaded after the list began is newer than the list. */
const NOTE_NEW = `INSERT INTO zone_files AS f (namespace, zone, path, bytes, modified_at)
  SELECT $1, $2, path, bytes, modified_at FROM ${SEEN}
  ON CONFLICT (namespace, zone, path) DO UPDATE SET
    bytes = excluded.bytes,
    modified_at = excluded.modified_at,
    position = NULL
  WHERE coalesce(f.position, 0) <= $4::bigint
    AND (f.bytes, f.modified_at) IS DISTINCT FROM (excluded.bytes, excluded.modified_at)`;
