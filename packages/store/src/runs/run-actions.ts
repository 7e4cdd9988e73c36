import type { RunAction, RunActionKind } from '@rat/domain';
import { moveTable, type PointerMove } from '../catalog/catalog.ts';
import { withTransaction, type Database } from '../db/database.ts';
import { makeArchivesDue } from '../landing/landing-archives.ts';

/**
 * Moves a table's pointer and stores the decision behind it, in one transaction. `taken`: the run
 * was already decided on; `conflict`: another writer moved the pointer. In both cases nothing is
 * written.
 */
export async function takeRunAction(
  db: Database,
  decision: {
    runId: string;
    action: RunActionKind;
    reason?: string | undefined;
    snapshotId?: string;
  },
  move: PointerMove,
): Promise<RunAction | 'taken' | 'conflict'> {
  try {
    return await withTransaction(db.pool, async (client) => {
      const { runId, action, reason = null, snapshotId = null } = decision;
      // The unique indexes make a second decision wait for the commit of the first one and then
      // find it.
      const noted = await client.query<ActionRow>(
        `INSERT INTO run_actions (run_id, action, reason, snapshot_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING action, reason, snapshot_id, at`,
        [runId, action, reason, snapshotId],
      );
      const row = noted.rows[0];
      if (row === undefined) return 'taken';
      if (!(await moveTable({ pool: client }, move))) throw new PointerMovedError();
      if (action === 'publish') await makeArchivesDue({ pool: client }, runId);
      return toAction(row);
    });
  } catch (error) {
    if (error instanceof PointerMovedError) return 'conflict';
    throw error;
  }
}

/** Rolls the transaction back; never leaves this file. */
class PointerMovedError extends Error {}

/**
 * Stores that these runs in quarantine were discarded because the deadline passed; their branches
 * are gone. Ignores runs that are not in quarantine.
 */
export async function noteExpiredQuarantines(
  db: Database,
  runIds: readonly string[],
): Promise<void> {
  if (runIds.length === 0) return;
  await db.pool.query(
    `INSERT INTO run_actions (run_id, action, reason)
     SELECT id, 'discard', 'nobody decided in time'
     FROM runs
     WHERE id = ANY ($1::uuid[]) AND kind = 'pipeline' AND failure_code = 'quality_failed'
     ON CONFLICT DO NOTHING`,
    [runIds],
  );
}

/** The decisions about a run, oldest first. */
export async function listRunActions(db: Database, runId: string): Promise<RunAction[]> {
  const answer = await db.pool.query<ActionRow>({ ...LIST_ACTIONS, values: [runId] });
  return answer.rows.map(toAction);
}

const LIST_ACTIONS = {
  name: 'list-run-actions',
  text: `SELECT action, reason, snapshot_id, at
    FROM run_actions
    WHERE run_id = $1
    ORDER BY at, action`,
};

interface ActionRow {
  action: RunActionKind;
  reason: string | null;
  snapshot_id: string | null;
  at: Date;
}

function toAction(row: ActionRow): RunAction {
  return {
    action: row.action,
    reason: row.reason ?? undefined,
    snapshotId: row.snapshot_id ?? undefined,
    at: row.at,
  };
}
