import type { Database } from '../db/database.ts';

/** What one round of the clean-up removed. */
export interface RetentionRound {
  runsPruned: number;
  logsPruned: number;
  qualityPruned: number;
  /** Dropped tables whose files were removed. */
  tablesPurged: number;
  /** Runs whose unpublished branch was removed. */
  branchesCleaned: number;
  /** Runs whose archived landing files were deleted. */
  lzRunsCleaned: number;
}

/** A round, and when it ended. */
export interface RetentionStatusRow extends RetentionRound {
  lastRunAt: Date;
}

/** Notes the round that has just ended, of any replica. */
export async function noteRetentionRound(
  db: Database,
  round: RetentionRound,
): Promise<RetentionStatusRow> {
  const row = await db.prisma.retentionStatus.upsert({
    where: { id: 1 },
    create: { ...round, lastRunAt: new Date() },
    update: { ...round, lastRunAt: new Date() },
  });
  return toStatus(row);
}

/** The last round that had something to do; undefined before the first one. */
export async function findRetentionStatus(db: Database): Promise<RetentionStatusRow | undefined> {
  const row = await db.prisma.retentionStatus.findUnique({ where: { id: 1 } });
  return row === null ? undefined : toStatus(row);
}

function toStatus(row: RetentionStatusRow): RetentionStatusRow {
  return {
    lastRunAt: row.lastRunAt,
    runsPruned: row.runsPruned,
    logsPruned: row.logsPruned,
    qualityPruned: row.qualityPruned,
    tablesPurged: row.tablesPurged,
    branchesCleaned: row.branchesCleaned,
    lzRunsCleaned: row.lzRunsCleaned,
  };
}
