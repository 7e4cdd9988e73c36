import {
  applyRetention,
  formatRef,
  NotFoundError,
  RETENTION_DEFAULTS,
  RETENTION_KEYS,
  type PipelineRef,
  type Precondition,
  type RetentionChoice,
  type RetentionConfig,
} from '@rat/domain';
import { z } from 'zod';
import { withTransaction, type Database } from '../db/database.ts';
import { refuseUnlessState, stateTag } from '../db/state-tag.ts';

/** A later version may have stored settings that this one does not know. */
const choiceColumn = z.record(z.string(), z.unknown()).nullable();

/** The settings of the installation. */
export interface SystemRetention {
  /** The settings of the runners' environment. */
  environment: RetentionConfig;
  /** What people chose; it rules over the environment. */
  choice: RetentionChoice;
  /** What holds. */
  system: RetentionConfig;
}

/** The settings of one pipeline. */
export interface PipelineRetention {
  system: RetentionConfig;
  /** What people chose for this pipeline; undefined: nothing. */
  overrides: RetentionChoice | undefined;
  /** What holds for this pipeline. */
  effective: RetentionConfig;
}

/** What people chose for the installation and for one pipeline. */
export interface RetentionChoices {
  system: RetentionChoice;
  pipeline: RetentionChoice;
}

/**
 * Stores the environment's settings of a starting runner, for the API. Runners should have the same
 * environment; the last one to start is shown, and each one acts by its own.
 */
export async function announceRetention(db: Database, environment: RetentionConfig): Promise<void> {
  await db.pool.query(
    `INSERT INTO retention_settings (id, environment)
     VALUES (1, $1)
     ON CONFLICT (id) DO UPDATE SET environment = excluded.environment`,
    [JSON.stringify(environment)],
  );
}

/** The settings of the installation; the defaults of the environment before the first runner. */
export async function getSystemRetention(db: Database): Promise<SystemRetention> {
  const answer = await db.pool.query<{ environment: unknown; choice: unknown }>(
    'SELECT environment, choice FROM retention_settings',
  );
  const row = answer.rows[0];
  const environment = { ...RETENTION_DEFAULTS, ...parseChoice(row?.environment ?? null) };
  const choice = parseChoice(row?.choice ?? null);
  return { environment, choice, system: applyRetention(environment, choice) };
}

/** The entity tag of what people chose; undefined: nothing. */
export function retentionTag(choice: RetentionChoice = {}): string {
  return stateTag(RETENTION_KEYS.map((key) => choice[key]));
}

/**
 * Replaces what people chose for the installation. A key that is left out follows the environment. Throws
 * PreconditionError.
 */
export async function putSystemRetention(
  db: Database,
  choice: RetentionChoice,
  precondition: Precondition = {},
): Promise<void> {
  await withTransaction(db.pool, async (client) => {
    const locked = await client.query<{ choice: unknown; changed_at: Date }>(
      `INSERT INTO retention_settings (id)
       VALUES (1)
       ON CONFLICT (id) DO UPDATE SET id = excluded.id
       RETURNING choice, changed_at`,
    );
    const [row] = locked.rows;
    if (row === undefined) throw new Error('an upsert returned no row');
    const current = { tag: retentionTag(parseChoice(row.choice)), at: row.changed_at };
    refuseUnlessState(precondition, 'the retention', current);
    await client.query('UPDATE retention_settings SET choice = $1, changed_at = now()', [
      JSON.stringify(choice),
    ]);
  });
}

/** The settings of a pipeline. Throws NotFoundError. */
export async function getPipelineRetention(
  db: Database,
  ref: PipelineRef,
): Promise<PipelineRetention> {
  const [{ system }, answer] = await Promise.all([
    getSystemRetention(db),
    db.pool.query<{ retention: unknown }>(
      `SELECT retention FROM pipelines
       WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL`,
      [ref.namespace, ref.layer, ref.name],
    ),
  ]);
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError(`pipeline ${formatRef(ref)} not found`);
  const overrides = row.retention === null ? undefined : parseChoice(row.retention);
  return { system, overrides, effective: applyRetention(system, overrides ?? {}) };
}

/** Replaces what people chose for a pipeline; nothing removes it. Throws NotFoundError and PreconditionError. */
export async function putPipelineRetention(
  db: Database,
  ref: PipelineRef,
  overrides: RetentionChoice,
  precondition: Precondition = {},
): Promise<void> {
  const isNothing = Object.keys(overrides).length === 0;
  await withTransaction(db.pool, async (client) => {
    const locked = await client.query<{ id: string; retention: unknown; updated_at: Date }>(
      `SELECT id, retention, updated_at
       FROM pipelines
       WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL
       FOR NO KEY UPDATE`,
      [ref.namespace, ref.layer, ref.name],
    );
    const [row] = locked.rows;
    if (row === undefined) throw new NotFoundError(`pipeline ${formatRef(ref)} not found`);
    const current = { tag: retentionTag(parseChoice(row.retention)), at: row.updated_at };
    refuseUnlessState(precondition, `the retention of ${formatRef(ref)}`, current);
    await client.query('UPDATE pipelines SET retention = $2 WHERE id = $1', [
      row.id,
      isNothing ? null : JSON.stringify(overrides),
    ]);
  });
}

/** What people chose for a table; the caller knows its own environment. */
export async function findRetentionChoices(
  db: Database,
  table: PipelineRef,
): Promise<RetentionChoices> {
  const answer = await db.pool.query<{ system: unknown; pipeline: unknown }>(
    `SELECT
       (SELECT choice FROM retention_settings) AS system,
       (
         SELECT retention FROM pipelines
         WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL
       ) AS pipeline`,
    [table.namespace, table.layer, table.name],
  );
  const row = answer.rows[0];
  return { system: parseChoice(row?.system ?? null), pipeline: parseChoice(row?.pipeline ?? null) };
}

/** The settings of a stored choice that this version knows. */
export function parseChoice(column: unknown): RetentionChoice {
  const stored = choiceColumn.parse(column) ?? {};
  const choice: RetentionChoice = {};
  for (const key of RETENTION_KEYS) {
    const value = stored[key];
    if (typeof value === 'number') choice[key] = value;
  }
  return choice;
}
