import {
  ConflictError,
  InputError,
  NotFoundError,
  type Column,
  type OnEmpty,
  type Precondition,
  type ZoneReading,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { askClient, makeOnce, type IdempotencyKey, type Made } from '../db/idempotency.ts';
import { isUniqueViolation } from '../db/postgres-errors.ts';
import { storableJson, storableText } from '../db/storable.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';
import { refuseUnlessState, stateTag } from '../db/state-tag.ts';
import { holdNamespace } from '../namespaces/namespaces.ts';

/** A zone's address. */
export interface ZoneKey {
  namespace: string;
  name: string;
}

/** What people decided about a zone. */
export interface ZoneSettings extends ZoneReading {
  description: string | undefined;
  owner: string | undefined;
  /** What a person wrote about the form of the files; nothing is compared with it. */
  expectedSchema: string | undefined;
  /** How many days archived files are kept; undefined: for ever. */
  processedRetentionDays: number | undefined;
}

/** A zone that has settings. */
export interface LandingZoneRow extends ZoneKey, ZoneSettings {
  createdAt: Date;
  updatedAt: Date;
}

/** New settings: an absent field stays as it is, null takes it away. */
export type ZoneChanges = { [Name in keyof ZoneSettings]?: ZoneSettings[Name] | null };

const NOTHING: ZoneSettings = {
  description: undefined,
  owner: undefined,
  expectedSchema: undefined,
  expectedColumns: undefined,
  onEmpty: undefined,
  processedRetentionDays: undefined,
};

/** The entity tag of the settings of a zone; one that is only a folder has the tag of no setting. */
export function zoneTag(settings: ZoneSettings = NOTHING): string {
  const { description, owner, expectedSchema, expectedColumns } = settings;
  const { onEmpty, processedRetentionDays } = settings;
  return stateTag([
    description,
    owner,
    expectedSchema,
    expectedColumns,
    onEmpty,
    processedRetentionDays,
  ]);
}

/**
 * Stores the settings of a zone that has none. Throws NotFoundError for an unknown namespace,
 * ConflictError when the zone has settings, InputError for settings that contradict each other.
 *
 * @example
 * const { made } = await createLandingZone(db, { namespace: 'shop', name: 'orders' }, { owner: 'ana' });
 * const zone = await getLandingZone(db, made);
 */
export async function createLandingZone(
  db: Database,
  key: ZoneKey,
  changes: ZoneChanges,
  idempotency?: IdempotencyKey,
): Promise<Made<ZoneKey>> {
  const settings = merge(NOTHING, changes);
  const create = async (client: Queryable) => {
    await holdNamespace(client, key.namespace);
    try {
      await insert(client, key, settings);
      return key;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const message = `landing zone ${key.namespace}/${key.name} exists already`;
      throw new ConflictError(message, { cause: error });
    }
  };
  return withTransaction(db.pool, (client) =>
    makeOnce(askClient(client), idempotency, () => create(client)),
  );
}

/**
 * Changes the settings of a zone, and creates them for a zone that is only a folder
 * (`createsMissing`). undefined: the zone has no settings. Throws like `createLandingZone`,
 * and PreconditionError.
 */
export async function changeLandingZone(
  db: Database,
  key: ZoneKey,
  changes: ZoneChanges,
  { createsMissing, precondition = {} }: { createsMissing: boolean; precondition?: Precondition },
): Promise<LandingZoneRow | undefined> {
  return withTransaction(db.pool, async (client) => {
    if (createsMissing) {
      await holdNamespace(client, key.namespace);
      await client.query(
        `INSERT INTO landing_zones (namespace, name) VALUES ($1, $2)
         ON CONFLICT (namespace, name) DO NOTHING`,
        [key.namespace, key.name],
      );
    }
    // The lock makes two changes of one zone follow each other: each keeps the other's fields.
    const found = await client.query<StoredZone>(
      `SELECT ${COLUMNS} FROM landing_zones WHERE namespace = $1 AND name = $2 FOR UPDATE`,
      [key.namespace, key.name],
    );
    const row = found.rows[0];
    if (row === undefined) return undefined;
    const before = toRow(row);
    const what = `landing zone ${key.namespace}/${key.name}`;
    refuseUnlessState(precondition, what, { tag: zoneTag(before), at: before.updatedAt });
    return update(client, key, merge(before, changes));
  });
}

/** The settings of a zone; undefined when it has none. */
export async function findLandingZone(
  db: Database,
  key: ZoneKey,
): Promise<LandingZoneRow | undefined> {
  return (await findLandingZones(db, key.namespace, [key.name])).get(key.name);
}

/** The same; throws NotFoundError for a zone without settings. */
export async function getLandingZone(db: Database, key: ZoneKey): Promise<LandingZoneRow> {
  const row = await findLandingZone(db, key);
  if (row === undefined) {
    throw new NotFoundError(`landing zone ${key.namespace}/${key.name} has no settings`);
  }
  return row;
}

/** The settings of the zones of a namespace that have some, by the zone's name. */
export async function findLandingZones(
  db: Database,
  namespace: string,
  names: readonly string[],
): Promise<Map<string, LandingZoneRow>> {
  const answer = await db.pool.query<StoredZone>(
    `SELECT ${COLUMNS} FROM landing_zones WHERE namespace = $1 AND name = ANY($2)`,
    [namespace, names],
  );
  return new Map(answer.rows.map((row) => [row.name, toRow(row)]));
}

/**
 * The names of the zones that have settings, by namespace; a namespace without any has an empty
 * list, a deleted one none. `namespace` undefined: of every namespace.
 */
export async function listZoneNames(
  db: Database,
  namespace?: NameFilter,
): Promise<Map<string, string[]>> {
  const answer = await db.pool.query<{ namespace: string; names: string[] }>(
    `SELECT n.name AS namespace,
       coalesce(array_agg(z.name::text) FILTER (WHERE z.name IS NOT NULL), '{}') AS names
     FROM namespaces n LEFT JOIN landing_zones z ON z.namespace = n.name
     WHERE n.deleted_at IS NULL AND ($1::text[] IS NULL OR n.name = ANY ($1)) GROUP BY n.name`,
    [toNames(namespace)],
  );
  return new Map(answer.rows.map((row) => [row.namespace, row.names]));
}

/** Removes the settings of a zone; false when it had none. */
export async function deleteLandingZone(db: Database, key: ZoneKey): Promise<boolean> {
  const answer = await db.pool.query(
    'DELETE FROM landing_zones WHERE namespace = $1 AND name = $2',
    [key.namespace, key.name],
  );
  return answer.rowCount === 1;
}

/**
 * A run that needs the files of the zone: it reads them now, or its archive is not finished yet.
 * undefined when there is none.
 */
export async function findRunOfZone(db: Database, key: ZoneKey): Promise<string | undefined> {
  const answer = await db.pool.query<{ id: string }>(
    // Two parts: each finds its few rows by an index of its own.
    `SELECT r.id FROM runs r JOIN landing_reads l ON l.run_id = r.id AND l.attempt = r.attempt
     WHERE r.status = 'running' AND r.namespace = $1 AND l.zone = $2
     UNION ALL
     SELECT r.id FROM landing_reads l JOIN runs r ON r.id = l.run_id
     WHERE l.archive = 'due' AND l.zone = $2 AND r.namespace = $1
     LIMIT 1`,
    [key.namespace, key.name],
  );
  return answer.rows[0]?.id;
}

/** Throws InputError for settings that contradict each other. */
function merge(old: ZoneSettings, changes: ZoneChanges): ZoneSettings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const taken = Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
  const merged = { ...old, ...taken };
  if (merged.onEmpty === 'empty' && merged.expectedColumns === undefined) {
    const message = 'must not be empty without expected_columns, which name the columns of no rows';
    throw new InputError(`on_empty: ${message}`, [{ path: 'on_empty', message }]);
  }
  return merged;
}

interface StoredZone {
  namespace: string;
  name: string;
  description: string | null;
  owner: string | null;
  expected_schema: string | null;
  expected_columns: Column[] | null;
  on_empty: OnEmpty | null;
  processed_retention_days: number | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = `namespace, name, description, owner, expected_schema, expected_columns, on_empty,
  processed_retention_days, created_at, updated_at`;

function toRow(stored: StoredZone): LandingZoneRow {
  return {
    namespace: stored.namespace,
    name: stored.name,
    description: stored.description ?? undefined,
    owner: stored.owner ?? undefined,
    expectedSchema: stored.expected_schema ?? undefined,
    expectedColumns: stored.expected_columns ?? undefined,
    onEmpty: stored.on_empty ?? undefined,
    processedRetentionDays: stored.processed_retention_days ?? undefined,
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
  };
}

async function insert(
  client: Queryable,
  key: ZoneKey,
  settings: ZoneSettings,
): Promise<LandingZoneRow> {
  await client.query('INSERT INTO landing_zones (namespace, name) VALUES ($1, $2)', [
    key.namespace,
    key.name,
  ]);
  return update(client, key, settings);
}

async function update(
  client: Queryable,
  key: ZoneKey,
  settings: ZoneSettings,
): Promise<LandingZoneRow> {
  const { description, owner, expectedSchema } = settings;
  const { expectedColumns, onEmpty, processedRetentionDays } = settings;
  const answer = await client.query<StoredZone>(
    `UPDATE landing_zones SET
       description = $3,
       owner = $4,
       expected_columns = $5::jsonb,
       on_empty = $6,
       processed_retention_days = $7,
       expected_schema = $8,
       updated_at = now()
     WHERE namespace = $1 AND name = $2 RETURNING ${COLUMNS}`,
    [
      key.namespace,
      key.name,
      description === undefined ? null : storableText(description),
      owner === undefined ? null : storableText(owner),
      expectedColumns === undefined ? null : storableJson(expectedColumns),
      onEmpty ?? null,
      processedRetentionDays ?? null,
      expectedSchema === undefined ? null : storableText(expectedSchema),
    ],
  );
  const row = answer.rows[0];
  if (row === undefined) throw new Error('a locked landing zone is missing');
  return toRow(row);
}
