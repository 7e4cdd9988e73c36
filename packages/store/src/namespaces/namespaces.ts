import {
  ConflictError,
  NotFoundError,
  type Precondition,
  type QuotaName,
  type Quotas,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { askClient, makeOnce, type IdempotencyKey, type Made } from '../db/idempotency.ts';
import { refuseUnlessState, stateTag } from '../db/state-tag.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';
import { toQuotas, type QuotaColumns } from './quotas.ts';

/** What a person says about a namespace. Of a change, undefined leaves a field as it is. */
export interface NamespaceFields {
  /** Null: it has none. */
  description?: string | null | undefined;
  owner?: string | null | undefined;
  /** 1 to 1000: its share of the slots while several namespaces wait. */
  weight?: number | undefined;
  /** Null: no quota. */
  quotas?: { [Name in QuotaName]?: number | null | undefined } | undefined;
}

/** A namespace that is not deleted. */
export interface NamespaceRow {
  name: string;
  description: string | undefined;
  owner: string | undefined;
  weight: number;
  quotas: Quotas;
  /** The number of its pipelines that are not deleted. */
  pipelines: number;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * Makes a namespace. One that was deleted is restored: it has the given fields, its ended runs and
 * its deleted pipelines. Throws ConflictError when the name is taken; of two requests at once, one
 * makes it.
 *
 * @example
 * await createNamespace(db, 'sales', { owner: 'ada' });
 * (await getNamespace(db, 'sales')).pipelines; // 0
 */
export async function createNamespace(
  db: Database,
  name: string,
  { description = null, owner = null, weight = 1, quotas = {} }: NamespaceFields,
  idempotency?: IdempotencyKey,
): Promise<Made<{ name: string }>> {
  const values = [
    name,
    description,
    owner,
    weight,
    quotas.runs_in_line ?? null,
    quotas.runs_running ?? null,
    quotas.query_seconds ?? null,
    quotas.upload_bytes ?? null,
  ];
  return withTransaction(db.pool, (client) =>
    makeOnce(askClient(client), idempotency, async () => {
      const made = await client.query({ ...CREATE, values });
      if (made.rowCount === 0) throw new ConflictError(`namespace ${name} exists already`);
      return { name };
    }),
  );
}

/** The unique name makes concurrent requests wait for each other; the second one changes no row. */
const CREATE = {
  name: 'create-namespace',
  text: `INSERT INTO namespaces AS n (
      name,
      description,
      owner,
      weight,
      max_runs_in_line,
      max_runs_running,
      max_query_seconds,
      max_upload_bytes
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (name) DO UPDATE SET
        description = excluded.description,
        owner = excluded.owner,
        weight = excluded.weight,
        max_runs_in_line = excluded.max_runs_in_line,
        max_runs_running = excluded.max_runs_running,
        max_query_seconds = excluded.max_query_seconds,
        max_upload_bytes = excluded.max_upload_bytes,
        updated_at = now(),
        deleted_at = NULL
      WHERE n.deleted_at IS NOT NULL`,
};

/** The namespace; throws NotFoundError. */
export async function getNamespace(db: Database, name: string): Promise<NamespaceRow> {
  const { namespaces } = await listNamespaces(db, { namespace: name, limit: 1, offset: 0 });
  const [found] = namespaces;
  if (found === undefined) throw namespaceNotFound(name);
  return found;
}

/** A page of the namespaces, ordered by name; `total` is exact. */
export async function listNamespaces(
  db: Database,
  query: { namespace?: NameFilter; limit: number; offset: number },
): Promise<{ namespaces: NamespaceRow[]; total: number }> {
  const { namespace, limit, offset } = query;
  const names = toNames(namespace);
  const [page, counted] = await Promise.all([
    db.pool.query<ListedRow>({ ...LIST, values: [names, limit, offset] }),
    db.pool.query<{ total: number }>({ ...COUNT, values: [names] }),
  ]);
  return { namespaces: page.rows.map(toNamespace), total: counted.rows[0]?.total ?? 0 };
}

interface ListedRow extends QuotaColumns {
  name: string;
  description: string | null;
  owner: string | null;
  weight: number;
  pipelines: number;
  created_at: Date;
  updated_at: Date;
}

/** Counts the pipelines of the page only, each namespace by the index of pipelines. */
const LIST = {
  name: 'list-namespaces',
  text: `SELECT
      n.name,
      n.description,
      n.owner,
      n.weight,
      n.max_runs_in_line,
      n.max_runs_running,
      n.max_query_seconds,
      n.max_upload_bytes,
      (
        SELECT count(*) FROM pipelines p WHERE p.namespace = n.name AND p.deleted_at IS NULL
      ) AS pipelines,
      n.created_at,
      n.updated_at
    FROM namespaces n
    WHERE n.deleted_at IS NULL AND ($1::text[] IS NULL OR n.name = ANY ($1))
    ORDER BY n.name LIMIT $2 OFFSET $3`,
};

const COUNT = {
  name: 'count-namespaces',
  text: `SELECT count(*) AS total FROM namespaces
    WHERE deleted_at IS NULL AND ($1::text[] IS NULL OR name = ANY ($1))`,
};

function toNamespace(row: ListedRow): NamespaceRow {
  return {
    name: row.name,
    description: row.description ?? undefined,
    owner: row.owner ?? undefined,
    weight: row.weight,
    quotas: toQuotas(row),
    pipelines: row.pipelines,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The entity tag of what people set of a namespace. */
export function namespaceTag({ description, owner, weight, quotas }: NamespaceRow): string {
  return stateTag([description, owner, weight, quotas]);
}

/** Changes the given fields; throws NotFoundError and PreconditionError. */
export async function updateNamespace(
  db: Database,
  name: string,
  { description, owner, weight, quotas = {} }: NamespaceFields,
  precondition: Precondition = {},
): Promise<NamespaceRow> {
  return withTransaction(db.pool, async (client) => {
    const read = async (text: string): Promise<ListedRow> => {
      const { rows } = await client.query<ListedRow>(text, [[name], 1, 0]);
      const [row] = rows;
      if (row === undefined) throw namespaceNotFound(name);
      return row;
    };
    const before = await read(`${LIST.text} FOR NO KEY UPDATE OF n`);
    const state = toNamespace(before);
    const current = { tag: namespaceTag(state), at: state.updatedAt };
    refuseUnlessState(precondition, `namespace ${name}`, current);
    const pick = <T>(given: T | undefined, stored: T): T => (given === undefined ? stored : given);
    await client.query({
      ...UPDATE,
      values: [
        name,
        pick(description, before.description),
        pick(owner, before.owner),
        pick(weight, before.weight),
        pick(quotas.runs_in_line, before.max_runs_in_line),
        pick(quotas.runs_running, before.max_runs_running),
        pick(quotas.query_seconds, before.max_query_seconds),
        pick(quotas.upload_bytes, before.max_upload_bytes),
      ],
    });
    return toNamespace(await read(LIST.text));
  });
}

const UPDATE = {
  name: 'update-namespace',
  text: `UPDATE namespaces SET
      description = $2,
      owner = $3,
      weight = $4,
      max_runs_in_line = $5,
      max_runs_running = $6,
      max_query_seconds = $7,
      max_upload_bytes = $8,
      updated_at = now()
    WHERE name = $1`,
};

/**
 * Keeps a namespace from being deleted until the transaction of `client` ends. Throws
 * NotFoundError. Call it before any lock on a pipeline: a delete locks the namespace first too.
 */
export async function holdNamespace(client: Queryable, name: string): Promise<void> {
  const held = await client.query({ ...HOLD, values: [name] });
  if (held.rowCount === 0) throw namespaceNotFound(name);
}

/** The share lock lets other pipelines of the namespace in, and no delete. */
const HOLD = {
  name: 'hold-namespace',
  text: 'SELECT 1 FROM namespaces WHERE name = $1 AND deleted_at IS NULL FOR SHARE',
};

/** The error of a request in a namespace that does not exist; it says how to make it. */
export function namespaceNotFound(name: string): NotFoundError {
  return new NotFoundError(
    `namespace not found: make it with POST /api/v1/namespaces {"name": "${name}"}`,
  );
}
