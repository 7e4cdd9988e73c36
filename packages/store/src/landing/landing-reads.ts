import type { Database } from '../db/database.ts';
import type { AttemptKey } from '../db/attempt-key.ts';
import { storableJson } from '../db/storable.ts';

/** A landing file as it was when the run fixed its list. */
export interface ReadFile {
  path: string;
  bytes: number;
  /** In decimal. */
  mtimeNs: string;
}

/** How many files of a zone's list are stored and shown when they are not archived. */
export const LANDING_FILES_SHOWN = 1_000;

/** The files that a run read in one zone; `files` are at most the first 1,000 of `total`. */
export interface LandingRead {
  zone: string;
  files: Pick<ReadFile, 'path' | 'bytes'>[];
  total: number;
}

/**
 * Records what the attempt is about to read, and replaces what earlier attempts recorded: from now
 * on other processes see that these table versions are in use. `tables`: `namespace.layer.name` →
 * snapshot id in decimal. With `archive`, the files are archived once the run is published.
 * `fenced`: the attempt is no longer the running one; nothing was written.
 */
export async function recordReads(
  db: Database,
  held: AttemptKey,
  reads: {
    tables: Readonly<Record<string, string>>;
    zones: Readonly<Record<string, readonly ReadFile[]>>;
    archive: boolean;
  },
): Promise<'recorded' | 'fenced'> {
  const rows = Object.entries(reads.zones).map(([zone, files]) => ({
    zone,
    files: reads.archive ? files : files.slice(0, LANDING_FILES_SHOWN),
    files_total: files.length,
    bytes_total: files.reduce((sum, file) => sum + file.bytes, 0),
  }));
  const answer = await db.pool.query<{ held: number }>({
    ...RECORD,
    values: [
      held.runId,
      held.attempt,
      storableJson(rows),
      reads.archive ? 'held' : 'none',
      storableJson(reads.tables),
    ],
  });
  return answer.rows[0]?.held === 1 ? 'recorded' : 'fenced';
}

/** The files that the run's newest attempt reads or has read, by zone. */
export async function listLandingReads(db: Database, runId: string): Promise<LandingRead[]> {
  const answer = await db.pool.query<LandingRead>({
    ...LIST,
    values: [runId, LANDING_FILES_SHOWN - 1],
  });
  return answer.rows.map(({ zone, files, total }) => ({
    zone,
    files: files.map(({ path, bytes }) => ({ path, bytes })),
    total,
  }));
}

/**
 * A fenced attempt may pass the guard just before it loses the run. It then inserts rows of an
 * attempt that is not the newest, which no statement reads; the run's row has its own guard.
 * Repeating the statement after a lost connection writes the same rows again.
 */
const RECORD = {
  name: 'record-reads',
  text: `WITH held AS (
      SELECT id FROM runs WHERE id = $1 AND attempt = $2 AND status = 'running'
    ), pinned AS (
      UPDATE runs SET input_snapshots = $5::jsonb
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND input_snapshots <> $5::jsonb
    ), overtaken AS (
      DELETE FROM landing_reads WHERE run_id IN (SELECT id FROM held) AND attempt < $2
    ), noted AS (
      INSERT INTO landing_reads (run_id, attempt, zone, files, files_total, bytes_total, archive)
      SELECT held.id, $2, r.zone, r.files, r.files_total, r.bytes_total, $4
      FROM
        held,
        jsonb_to_recordset($3::jsonb) AS r(
          zone text,
          files jsonb,
          files_total int,
          bytes_total bigint
        )
      ON CONFLICT (run_id, attempt, zone) DO UPDATE SET
        files = excluded.files,
        files_total = excluded.files_total,
        bytes_total = excluded.bytes_total
    )
    SELECT count(*) AS held FROM held`,
};

const LIST = {
  name: 'list-landing-reads',
  text: `SELECT l.zone, l.files_total AS total,
      jsonb_path_query_array(l.files, '$[0 to $last]', jsonb_build_object('last', $2::int)) AS files
    FROM landing_reads l JOIN runs r ON r.id = l.run_id AND r.attempt = l.attempt
    WHERE l.run_id = $1 ORDER BY l.zone`,
};
