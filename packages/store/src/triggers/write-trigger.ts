import { isDeepStrictEqual } from 'node:util';
import {
  ConflictError,
  holdsPrecondition,
  PreconditionError,
  type PipelineRef,
  type Precondition,
  type TriggerSettings,
} from '@rat/domain';
import type { Database } from '../db/database.ts';
import { createRunId } from '../db/create-run-id.ts';
import { storableJson, storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';
import { lockPipelineByName } from '../schedules/lock-schedule.ts';
import {
  lockTrigger,
  LOCK_TRIGGER_BY_ID,
  LOCK_TRIGGER_BY_NAME,
  type LockedTrigger,
} from './lock-trigger.ts';
import { refuseCycle } from './refuse-cycle.ts';
import { watchInputs } from './watch-inputs.ts';
import { toTrigger, type TriggerRow } from './trigger-row.ts';

/** A change of a trigger. */
export interface TriggerChange {
  settings: TriggerSettings;
  /** Pauses or resumes it; undefined leaves that as it is. */
  isPaused?: boolean | undefined;
  /** The sealed secrets of a webhook; undefined leaves them as they are. */
  secrets?: readonly Uint8Array[] | undefined;
}

/** The entity tag of a trigger. */
export function triggerTag({ id, revision }: Pick<TriggerRow, 'id' | 'revision'>): string {
  return `"${revision}-${id}"`;
}

const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/**
 * Stores the trigger of a pipeline under a name: a new one, or new settings of the one that has this
 * name, which keeps its id. `change` gets the trigger as it is. A new trigger, and one that watches
 * something else now, begins with the present state of its inputs, and waits for newer ones. Throws
 * NotFoundError for an unknown pipeline, UnprocessableError for a cycle, PreconditionError, and what
 * `change` throws.
 *
 * @example
 * const { isNew } = await putTrigger(db, { pipeline, name: 'on-files' }, () => ({ settings }));
 */
export async function putTrigger(
  db: Database,
  { pipeline, name }: { pipeline: PipelineRef; name: string },
  change: (current: TriggerRow | undefined) => TriggerChange,
  options: { precondition?: Precondition | undefined; by?: string | undefined } = {},
): Promise<{ id: string; isNew: boolean }> {
  return db.prisma.$transaction(async (tx) => {
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const [found] = await tx.$queryRawUnsafe<LockedTrigger[]>(
      LOCK_TRIGGER_BY_NAME,
      pipelineId,
      name,
    );
    const current = found && toTrigger(found);
    refuseUnless(current, options.precondition);
    const changed = change(current);
    const id = current?.id ?? createRunId();
    if (current === undefined) await insert(tx, { id, pipelineId, name }, changed);
    await store(tx, { id, current }, changed, options.by);
    await refuseCycle(tx, id, pipeline);
    return { id, isNew: current === undefined };
  }, TRANSACTION);
}

/**
 * Creates a trigger. Without a name it gets a free one by its kind: `upload`, `upload-2`, … Throws
 * NotFoundError for an unknown pipeline, ConflictError when the name is taken, and
 * UnprocessableError for a cycle. Returns the id.
 */
export async function createTrigger(
  db: Database,
  { pipeline, name }: { pipeline: PipelineRef; name: string | undefined },
  change: TriggerChange,
  by: string | undefined,
): Promise<string> {
  return db.prisma.$transaction(async (tx) => {
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const rows = await tx.$queryRawUnsafe<{ name: string }[]>(LIST_NAMES, pipelineId);
    const taken = new Set(rows.map((row) => row.name));
    if (name !== undefined && taken.has(name)) {
      throw new ConflictError(`the pipeline has a trigger ${name} already`);
    }
    const id = createRunId();
    const free = name ?? freeName(change.settings.config.kind, taken);
    await insert(tx, { id, pipelineId, name: free }, change);
    await store(tx, { id, current: undefined }, change, by);
    await refuseCycle(tx, id, pipeline);
    return id;
  }, TRANSACTION);
}

const LIST_NAMES = `SELECT name FROM triggers WHERE pipeline_id = $1::uuid AND deleted_at IS NULL`;

function freeName(kind: string, taken: ReadonlySet<string>): string {
  if (!taken.has(kind)) return kind;
  let number = 2;
  while (taken.has(`${kind}-${number}`)) number += 1;
  return `${kind}-${number}`;
}

/** Deletes a trigger; its runs and firings stay. Throws NotFoundError and PreconditionError. */
export async function deleteTrigger(
  db: Database,
  id: string,
  precondition: Precondition = {},
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    refuseUnless(toTrigger(await lockTrigger(tx, id)), precondition);
    await tx.$executeRawUnsafe(
      `UPDATE triggers SET deleted_at = now(), next_for = NULL, fire_at = NULL, secrets = '{}'
       WHERE id = $1::uuid`,
      id,
    );
    await tx.$executeRawUnsafe(`DELETE FROM trigger_inputs WHERE trigger_id = $1::uuid`, id);
  }, TRANSACTION);
}

async function insert(
  tx: Prisma.TransactionClient,
  { id, pipelineId, name }: { id: string; pipelineId: string; name: string },
  { settings }: TriggerChange,
): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO triggers (id, pipeline_id, name, kind, config)
     VALUES ($1::uuid, $2::uuid, $3, $4, '{}')`,
    id,
    pipelineId,
    name,
    settings.config.kind,
  );
}

async function store(
  tx: Prisma.TransactionClient,
  { id, current }: { id: string; current: TriggerRow | undefined },
  { settings, isPaused, secrets }: TriggerChange,
  by: string | undefined,
): Promise<void> {
  const values = {
    kind: settings.config.kind,
    config: settings.config,
    debounce_seconds: settings.debounceSeconds,
    max_wait_seconds: settings.maxWaitSeconds ?? null,
    cooldown_seconds: settings.cooldownSeconds,
    max_per_hour: settings.maxPerHour,
    overlap: settings.overlap,
    priority: settings.priority,
    expires_in_seconds: settings.expiresInSeconds ?? null,
    params: settings.params,
    is_paused: isPaused ?? null,
    by: by === undefined ? null : storableText(by),
  };
  await tx.$executeRawUnsafe(STORE, id, storableJson(values), secrets ?? null);
  const watchesAnew = !isDeepStrictEqual(current?.config, settings.config);
  const isResumed = current?.paused !== undefined && isPaused === false;
  if (watchesAnew || isResumed) await watchInputs(tx, id, settings.config);
  const [row] = await tx.$queryRawUnsafe<LockedTrigger[]>(LOCK_TRIGGER_BY_ID, id);
  if (row === undefined) throw new Error('a locked trigger is missing');
}

/** `fire_at`: the trigger looks at its inputs at the next turn, by its new settings. */
const STORE = `UPDATE triggers t SET
    kind = new.kind,
    config = new.config,
    debounce_seconds = new.debounce_seconds,
    max_wait_seconds = new.max_wait_seconds,
    cooldown_seconds = new.cooldown_seconds,
    max_per_hour = new.max_per_hour,
    overlap = new.overlap,
    priority = new.priority,
    expires_in_seconds = new.expires_in_seconds,
    params = new.params,
    secrets = coalesce($3::bytea[], t.secrets),
    decided_until = CASE
      WHEN t.paused_at IS NULL AND t.config = new.config THEN t.decided_until
      ELSE greatest(t.decided_until, now()) END,
    next_for = NULL,
    fire_at = CASE
      WHEN coalesce(new.is_paused, t.paused_at IS NOT NULL) THEN NULL ELSE now() END,
    paused_at = CASE WHEN new.is_paused THEN coalesce(paused_at, now())
      WHEN NOT new.is_paused THEN NULL ELSE paused_at END,
    paused_by = CASE WHEN new.is_paused AND paused_at IS NULL THEN new.by
      WHEN NOT new.is_paused THEN NULL ELSE paused_by END,
    pause_reason = CASE WHEN NOT new.is_paused THEN NULL ELSE pause_reason END,
    revision = CASE WHEN t.config = '{}' THEN 1 ELSE revision + 1 END,
    updated_at = now()
  FROM jsonb_to_record($2::jsonb) AS new (
      kind text,
      config jsonb,
      debounce_seconds int,
      max_wait_seconds int,
      cooldown_seconds int,
      max_per_hour int,
      overlap text,
      priority smallint,
      expires_in_seconds int,
      params jsonb,
      is_paused boolean,
      by text
    )
  WHERE t.id = $1::uuid`;

function refuseUnless(
  current: TriggerRow | undefined,
  precondition: Precondition | undefined,
): void {
  if (precondition === undefined) return;
  const tags = current === undefined ? [] : [triggerTag(current)];
  if (holdsPrecondition(precondition, tags)) return;
  const message =
    current === undefined
      ? 'the trigger does not exist, so nothing matches If-Match'
      : precondition.isAbsent
        ? 'If-None-Match: * creates only, but the trigger exists'
        : `the tag of If-Match is not the current one, which is ${triggerTag(current)}: read the trigger again`;
  throw new PreconditionError(message, { yours: undefined, current: undefined });
}
