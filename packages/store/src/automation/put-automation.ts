import type { Manager, NamespaceSet, PipelineRef } from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { nothingFired, type Fired } from '../schedules/fire-schedule.ts';
import { lockPipelineByName, LOCK_BY_NAME, type LockedRow } from '../schedules/lock-schedule.ts';
import { toSchedule } from '../schedules/schedule-row.ts';
import {
  hasSettings,
  type ScheduleChange,
  type WriteOptions,
} from '../schedules/store-settings.ts';
import { DELETE, insert, TRANSACTION, update } from '../schedules/write-schedule.ts';
import { LOCK_TRIGGER_BY_NAME, type LockedTrigger } from '../triggers/lock-trigger.ts';
import { lockZones } from '../triggers/lock-zones.ts';
import { refuseCycles } from '../triggers/refuse-cycles.ts';
import {
  hasTriggerSettings,
  insertTrigger,
  removeTrigger,
  storeTrigger,
  type TriggerChange,
} from '../triggers/store-trigger.ts';
import { toTrigger, type TriggerRow } from '../triggers/trigger-row.ts';

/** A trigger of a file, which has no secrets. */
type FileTrigger = Pick<TriggerChange, 'settings' | 'isPaused'>;

/** What an `automation.yaml` sets, by name. */
export interface AutomationToPut {
  /** Undefined: there is no file. */
  text: string | undefined;
  schedules: ReadonlyMap<string, ScheduleChange>;
  triggers: ReadonlyMap<string, FileTrigger>;
}

/** What a file changed. */
export interface AutomationPut {
  /** What changed schedules fired by their old settings; to be announced. */
  fired: Fired;
  /** The names of webhooks that have no secret yet, so they refuse every delivery. */
  withoutSecret: string[];
}

/**
 * Stores the `automation.yaml` of a pipeline and makes its schedules and triggers, in one transaction.
 * One of the file that exists under its name keeps its id, its firings and its pause; one that an earlier
 * file made and this one lacks is deleted. Those that requests made under other names stay. A webhook
 * keeps its secrets while it verifies in the same way. Throws NotFoundError for an unknown pipeline, and
 * UnprocessableError for a cycle of triggers.
 */
export async function putAutomation(
  db: Database,
  pipeline: PipelineRef,
  file: AutomationToPut,
  options: Pick<WriteOptions, 'plan' | 'by'> & { mayRead: NamespaceSet },
): Promise<AutomationPut> {
  const fired = nothingFired();
  const withoutSecret: string[] = [];
  await db.prisma.$transaction(async (tx) => {
    const configs = new Map(
      [...file.triggers].map(([name, { settings }]) => [configPath(name), settings.config]),
    );
    await lockZones(tx, [...configs.values()]);
    const pipelineId = await lockPipelineByName(tx, pipeline);
    await tx.$executeRawUnsafe(STORE_TEXT, pipelineId, file.text ?? null);
    for (const { id, name } of await listManaged(tx, 'schedules', pipelineId)) {
      if (!file.schedules.has(name)) await tx.$executeRawUnsafe(DELETE, id);
    }
    for (const [name, change] of file.schedules) {
      const { runs } = await putSchedule(tx, { pipelineId, name }, change, options);
      fired.runs.push(...runs);
    }
    for (const { id, name } of await listManaged(tx, 'triggers', pipelineId)) {
      if (!file.triggers.has(name)) await removeTrigger(tx, id);
    }
    for (const [name, change] of file.triggers) {
      const hasSecret = await putTrigger(tx, { pipelineId, name }, change, options.by);
      if (change.settings.config.kind === 'webhook' && !hasSecret) withoutSecret.push(name);
    }
    await refuseCycles(tx, { pipeline, configs, mayRead: options.mayRead });
  }, TRANSACTION);
  return { fired, withoutSecret };
}

/** The path of what a trigger watches, in the file. */
export function configPath(name: string): string {
  return `triggers.${name}.config`;
}

async function putSchedule(
  tx: Prisma.TransactionClient,
  where: { pipelineId: string; name: string },
  change: ScheduleChange,
  options: WriteOptions,
): Promise<Fired> {
  const byFiles = { ...change, managedBy: 'files' as Manager };
  const [row] = await tx.$queryRawUnsafe<LockedRow[]>(LOCK_BY_NAME, where.pipelineId, where.name);
  if (row === undefined) return (await insert(tx, where, byFiles, options)).fired;
  const schedule = toSchedule(row);
  // An unchanged schedule keeps its entity tag.
  return schedule.managedBy === 'files' &&
    hasSettings(schedule, change.settings) &&
    keepsPause(schedule, change)
    ? nothingFired()
    : (await update(tx, row, () => byFiles, options)).fired;
}

/** Returns whether the trigger has a secret. */
async function putTrigger(
  tx: Prisma.TransactionClient,
  where: { pipelineId: string; name: string },
  change: FileTrigger,
  by: string | undefined,
): Promise<boolean> {
  const byFiles = { ...change, managedBy: 'files' as Manager, secrets: () => secrets };
  const [row] = await tx.$queryRawUnsafe<LockedTrigger[]>(
    LOCK_TRIGGER_BY_NAME,
    where.pipelineId,
    where.name,
  );
  const current = row && toTrigger(row);
  const secrets = keptSecrets(current, change);
  if (current === undefined) {
    const id = createRunId();
    await insertTrigger(tx, { ...where, id }, byFiles);
    await storeTrigger(tx, { id, current }, byFiles, by);
    return false;
  }
  // An unchanged trigger keeps its entity tag, and does not look at its inputs once more.
  const isSame =
    current.managedBy === 'files' &&
    hasTriggerSettings(current, change.settings) &&
    keepsPause(current, change);
  if (!isSame) await storeTrigger(tx, { id: current.id, current }, byFiles, by);
  return secrets.length > 0;
}

/** A secret of one verification has no meaning for another one. */
function keptSecrets(
  current: TriggerRow | undefined,
  { settings: { config } }: FileTrigger,
): readonly Uint8Array[] {
  const before = current?.config;
  const isKept =
    config.kind === 'webhook' && before?.kind === 'webhook' && before.verify === config.verify;
  return isKept ? (current?.secrets ?? []) : [];
}

/** Whether a change leaves the pause as it is. */
function keepsPause(
  { paused }: Pick<TriggerRow, 'paused'>,
  { isPaused }: { isPaused?: boolean | undefined },
): boolean {
  const is = paused !== undefined;
  return (isPaused ?? is) === is;
}

const STORE_TEXT = `UPDATE pipelines SET automation_yaml = $2
  WHERE id = $1::uuid AND automation_yaml IS DISTINCT FROM $2`;

/** What an earlier file made. */
async function listManaged(
  tx: Prisma.TransactionClient,
  table: 'schedules' | 'triggers',
  pipelineId: string,
): Promise<{ id: string; name: string }[]> {
  return tx.$queryRawUnsafe(
    `SELECT id::text, name FROM ${table}
     WHERE pipeline_id = $1::uuid AND managed_by = 'files' AND deleted_at IS NULL
     ORDER BY id FOR UPDATE`,
    pipelineId,
  );
}
