import { isDeepStrictEqual } from 'node:util';
import type { Manager, TriggerSettings } from '@rat/domain';
import { storableJson, storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';
import { watchInputs } from './watch-inputs.ts';
import type { TriggerRow } from './trigger-row.ts';

/** A change of a trigger. */
export interface TriggerChange {
  settings: TriggerSettings;
  /** Pauses or resumes it; undefined leaves that as it is. */
  isPaused?: boolean | undefined;
  /** Chooses the sealed secrets of a webhook for the trigger as it is; undefined leaves them as they are. */
  secrets?: ((current: TriggerRow | undefined) => readonly Uint8Array[] | undefined) | undefined;
  /** Who writes; only the writer of files changes the settings of what files manage. */
  managedBy?: Manager;
}

/** Whether a trigger has these settings already. */
export function hasTriggerSettings(trigger: TriggerRow, settings: TriggerSettings): boolean {
  const keys = [
    'config',
    'debounceSeconds',
    'maxWaitSeconds',
    'cooldownSeconds',
    'maxPerHour',
    'overlap',
    'priority',
    'expiresInSeconds',
    'params',
  ] as const satisfies (keyof TriggerSettings)[];
  return keys.every((key) => isDeepStrictEqual(toPlain(trigger[key]), toPlain(settings[key])));
}

/** A value as JSON has it: parameters of a row and of a file differ in their prototypes. */
function toPlain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Deletes a locked trigger; its runs and firings stay. */
export async function removeTrigger(tx: Prisma.TransactionClient, id: string): Promise<void> {
  await tx.$executeRawUnsafe(DELETE, id);
  await tx.$executeRawUnsafe(`DELETE FROM trigger_inputs WHERE trigger_id = $1::uuid`, id);
}

const DELETE = `UPDATE triggers SET deleted_at = now(), next_for = NULL, fire_at = NULL, secrets = '{}'
  WHERE id = $1::uuid`;

/** Inserts a trigger under a name; `storeTrigger` gives it its settings. */
export async function insertTrigger(
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

/** Stores the settings of a locked trigger. `current`: as it was; undefined for a new one. */
export async function storeTrigger(
  tx: Prisma.TransactionClient,
  { id, current }: { id: string; current: TriggerRow | undefined },
  { settings, isPaused, secrets, managedBy = 'api' }: TriggerChange,
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
    managed_by: managedBy,
  };
  await tx.$executeRawUnsafe(STORE, id, storableJson(values), secrets?.(current) ?? null);
  const watchesAnew = !isDeepStrictEqual(toPlain(current?.config), toPlain(settings.config));
  const isResumed = current?.paused !== undefined && isPaused === false;
  if (watchesAnew || isResumed) await watchInputs(tx, id, settings.config);
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
    managed_by = CASE WHEN t.managed_by = 'files' THEN t.managed_by ELSE new.managed_by END,
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
      by text,
      managed_by text
    )
  WHERE t.id = $1::uuid`;
