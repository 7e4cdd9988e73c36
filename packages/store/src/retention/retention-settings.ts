import {
  applyRetention,
  formatRef,
  NotFoundError,
  RETENTION_DEFAULTS,
  RETENTION_KEYS,
  type PipelineRef,
  type RetentionChoice,
  type RetentionConfig,
} from '@rat/domain';
import { z } from 'zod';
import type { Database } from '../db/database.ts';

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

/** Replaces what people chose for the installation. A key that is left out follows the environment. */
export async function putSystemRetention(db: Database, choice: RetentionChoice): Promise<void> {
  await db.pool.query(
    `INSERT INTO retention_settings (id, choice)
     VALUES (1, $1)
     ON CONFLICT (id) DO UPDATE SET choice = excluded.choice, changed_at = now()`,
    [JSON.stringify(choice)],
  );
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

/** Replaces what people chose for a pipeline; nothing removes it. Throws NotFoundError. */
export async function putPipelineRetention(
  db: Database,
  ref: PipelineRef,
  overrides: RetentionChoice,
): Promise<void> {
  const isNothing = Object.keys(overrides).length === 0;
  const answer = await db.pool.query(
    `UPDATE pipelines SET retention = $4
     WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL`,
    [ref.namespace, ref.layer, ref.name, isNothing ? null : JSON.stringify(overrides)],
  );
  if (answer.rowCount === 0) throw new NotFoundError(`pipeline ${formatRef(ref)} not found`);
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
