import type { Manager, PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { nothingFired, type Fired } from './fire-schedule.ts';
import { lockPipelineByName, LOCK_BY_NAME, type LockedRow } from './lock-schedule.ts';
import { toSchedule } from './schedule-row.ts';
import { hasSettings, type ScheduleChange, type WriteOptions } from './store-settings.ts';
import { DELETE, insert, TRANSACTION, update } from './write-schedule.ts';

/**
 * Stores the `automation.yaml` of a pipeline and makes its schedules, in one transaction. A schedule of
 * the file that exists under its name keeps its id, its firings and its pause; one that an earlier file
 * made and this one lacks is deleted. Schedules that requests made under other names stay. Returns what
 * changed schedules fired by their old settings. Throws NotFoundError for an unknown pipeline.
 */
export async function putAutomation(
  db: Database,
  pipeline: PipelineRef,
  file: { text: string | undefined; schedules: ReadonlyMap<string, ScheduleChange> },
  options: Pick<WriteOptions, 'plan' | 'by'>,
): Promise<Fired> {
  const fired = nothingFired();
  await db.prisma.$transaction(async (tx) => {
    const pipelineId = await lockPipelineByName(tx, pipeline);
    await tx.$executeRawUnsafe(STORE_TEXT, pipelineId, file.text ?? null);
    const managed = await tx.$queryRawUnsafe<{ id: string; name: string }[]>(MANAGED, pipelineId);
    for (const { id, name } of managed) {
      if (!file.schedules.has(name)) await tx.$executeRawUnsafe(DELETE, id);
    }
    for (const [name, change] of file.schedules) {
      const { runs } = await putOne(tx, { pipelineId, name }, change, options);
      fired.runs.push(...runs);
    }
  }, TRANSACTION);
  return fired;
}

async function putOne(
  tx: Prisma.TransactionClient,
  where: { pipelineId: string; name: string },
  change: ScheduleChange,
  options: WriteOptions,
): Promise<Fired> {
  const byFiles = { ...change, managedBy: 'files' as Manager };
  const [row] = await tx.$queryRawUnsafe<LockedRow[]>(LOCK_BY_NAME, where.pipelineId, where.name);
  if (row === undefined) return (await insert(tx, where, byFiles, options)).fired;
  const schedule = toSchedule(row);
  const isPaused = schedule.paused !== undefined;
  const isSame =
    schedule.managedBy === 'files' &&
    hasSettings(schedule, change.settings) &&
    (change.isPaused ?? isPaused) === isPaused;
  // An unchanged schedule keeps its entity tag.
  return isSame ? nothingFired() : (await update(tx, row, () => byFiles, options)).fired;
}

const STORE_TEXT = `UPDATE pipelines SET automation_yaml = $2
  WHERE id = $1::uuid AND automation_yaml IS DISTINCT FROM $2`;

const MANAGED = `SELECT id::text, name FROM schedules
  WHERE pipeline_id = $1::uuid AND managed_by = 'files' AND deleted_at IS NULL`;
