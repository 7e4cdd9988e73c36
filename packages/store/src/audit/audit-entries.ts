import { InputError, type NamespaceSet } from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import type { Database } from '../db/database.ts';
import { storableText } from '../db/storable.ts';

/** A request that could change something, with its outcome. */
export interface AuditFacts {
  /** As the client stated it. */
  who: string | undefined;
  /** The id of the operation. */
  action: string;
  /** `<type>/<address>`. */
  resource: string;
  /** The status of the answer. */
  status: number;
  requestId: string;
  ip: string | undefined;
  /** The things that it has changed, or made, when `resource` does not name them; a part of them is named. */
  objects?: { total: number; resources: string[] } | undefined;
  /** The token that it was sent with; undefined: that of the configuration, or none. */
  tokenId: string | undefined;
  sessionId: string | undefined;
}

export interface AuditEntry extends AuditFacts {
  id: string;
  at: Date;
}

/** Which entries a list shows; an absent field shows all. */
export interface AuditQuery {
  who?: string | undefined;
  action?: string | undefined;
  /** A whole resource, or its first parts: everything below it is shown too. */
  resource?: string | undefined;
  tokenId?: string | undefined;
  /**
   * Only entries about things of these namespaces; a thing that only an id names must still exist. Undefined: all
   * entries.
   */
  within?: NamespaceSet;
  /** At this time or later. */
  from?: Date | undefined;
  /** Before this time. */
  to?: Date | undefined;
  limit: number;
  offset: number;
  cursor?: string | undefined;
}

/** A longer address is cut: a request that is refused may name one of any length. */
const RESOURCE_MAX = 500;
const IP_MAX = 64;

/**
 * Adds an entry. Entries are never changed: the database refuses it.
 *
 * @example
 * await recordAuditEntry(db, {
 *   who: 'ana', action: 'dropTable', resource: 'tables/shop/gold/sales', status: 200,
 *   requestId: 'b7c1', ip: '10.0.0.7', tokenId: '01a2…', sessionId: undefined,
 * });
 */
export async function recordAuditEntry(db: Database, facts: AuditFacts): Promise<void> {
  await db.pool.query({
    name: 'record-audit-entry',
    text: `INSERT INTO audit_entries (
        id,
        who,
        action,
        resource,
        status,
        request_id,
        ip,
        objects,
        token_id,
        session_id
      )
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    values: [
      createRunId(),
      facts.who === undefined ? null : storableText(facts.who),
      facts.action,
      storableText(facts.resource).slice(0, RESOURCE_MAX).toWellFormed(),
      facts.status,
      facts.requestId,
      facts.ip?.slice(0, IP_MAX) ?? null,
      facts.objects === undefined ? null : storableText(JSON.stringify(facts.objects)),
      facts.tokenId ?? null,
      facts.sessionId ?? null,
    ],
  });
}

/** A page of the entries, newest first; `total` is exact. Throws InputError for a foreign cursor. */
export async function listAuditEntries(
  db: Database,
  query: AuditQuery,
): Promise<{ entries: AuditEntry[]; total: number; nextCursor: string | undefined }> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = conditionsOf(query, bind);
  const count = { text: `SELECT count(*) AS total FROM audit_entries ${whereAll(conditions)}` };
  const countValues = [...values];
  if (query.cursor !== undefined) {
    const { at, id } = decodeCursor(query.cursor);
    conditions.push(`(at, id) < (${bind(at)}::timestamptz, ${bind(id)}::uuid)`);
  }
  // Both begin together and last: what throws above must leave no statement behind that nothing awaits.
  const page = db.pool.query<StoredEntry>(
    `SELECT
       id,
       at,
       who,
       action,
       resource,
       status,
       request_id,
       ip,
       objects,
       token_id,
       session_id
     FROM audit_entries
     ${whereAll(conditions)}
     ORDER BY at DESC, id DESC LIMIT ${bind(query.limit + 1)} OFFSET ${bind(query.offset)}`,
    values,
  );
  const counted = db.pool.query<{ total: number }>({ ...count, values: countValues });
  const [{ rows }, { rows: totals }] = await Promise.all([page, counted]);
  const shown = rows.slice(0, query.limit).map(toEntry);
  const last = rows.length > query.limit ? shown.at(-1) : undefined;
  return {
    entries: shown,
    total: totals[0]?.total ?? 0,
    nextCursor: last && encodeCursor(last),
  };
}

/** Removes up to `limit` entries that are older than `days`, which is at least 30; how many. */
export async function removeOldAuditEntries(
  db: Database,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const answer = await db.pool.query({
    name: 'remove-old-audit-entries',
    text: `DELETE FROM audit_entries WHERE id IN (
        SELECT id FROM audit_entries WHERE at < now() - $1 * interval '1 day'
        ORDER BY at LIMIT $2)`,
    values: [days, limit],
  });
  return answer.rowCount ?? 0;
}

function conditionsOf(query: AuditQuery, bind: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  // As entries are stored, so that a text with a NUL finds its entries and does not fail the statement.
  const bindText = (text: string): string => bind(storableText(text));
  if (query.who !== undefined) conditions.push(`who = ${bindText(query.who)}`);
  if (query.action !== undefined) conditions.push(`action = ${bindText(query.action)}`);
  if (query.resource !== undefined) {
    const whole = bindText(query.resource);
    conditions.push(`(resource = ${whole} OR starts_with(resource, ${whole} || '/'))`);
  }
  if (query.tokenId !== undefined) conditions.push(`token_id = ${bind(query.tokenId)}`);
  if (query.within !== undefined) conditions.push(isWithin(bind(query.within)));
  if (query.from !== undefined) conditions.push(`at >= ${bind(query.from)}`);
  if (query.to !== undefined) conditions.push(`at < ${bind(query.to)}`);
  return conditions;
}

/** The namespace is in the address of a thing, or in the row that the address names by its id. */
function isWithin(namespaces: string): string {
  const part = (n: number): string => `split_part(resource, '/', ${n})`;
  const row = (from: string): string =>
    `EXISTS (SELECT FROM ${from} WHERE x.id = ${part(2)}::uuid AND `;
  const own = `= ANY (${namespaces}::varchar[]))`;
  const ofPipeline = `x JOIN pipelines p ON p.id = x.pipeline_id`;
  return `CASE
      WHEN ${part(1)} IN ('pipelines', 'tables', 'files', 'metadata', 'landing-zones', 'namespaces')
        THEN (${part(3)} <> '' OR ${part(1)} = 'namespaces')
          AND ${part(2)} = ANY (${namespaces}::varchar[])
      WHEN ${part(2)} !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN false
      WHEN ${part(1)} = 'runs' THEN ${row('runs x')}x.namespace ${own}
      WHEN ${part(1)} = 'schedules' THEN ${row(`schedules ${ofPipeline}`)}p.namespace ${own}
      WHEN ${part(1)} = 'triggers' THEN ${row(`triggers ${ofPipeline}`)}p.namespace ${own}
      WHEN ${part(1)} = 'tokens'
        THEN ${row('tokens x')}x.namespaces <@ ${namespaces}::varchar[])
      WHEN ${part(1)} = 'views'
        THEN ${row('saved_views x')}x.shared AND x.namespaces <@ ${namespaces}::varchar[])
      ELSE false
    END`;
}

function whereAll(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

interface StoredEntry {
  id: string;
  at: Date;
  who: string | null;
  action: string;
  resource: string;
  status: number;
  request_id: string;
  ip: string | null;
  objects: { total: number; resources: string[] } | null;
  token_id: string | null;
  session_id: string | null;
}

function toEntry(row: StoredEntry): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    who: row.who ?? undefined,
    action: row.action,
    resource: row.resource,
    status: row.status,
    requestId: row.request_id,
    ip: row.ip ?? undefined,
    objects: row.objects ?? undefined,
    tokenId: row.token_id ?? undefined,
    sessionId: row.session_id ?? undefined,
  };
}

function encodeCursor({ at, id }: AuditEntry): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
}

const CURSOR =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function decodeCursor(text: string): { at: string; id: string } {
  const [, at, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at))) {
    const message = 'was not returned by the audit log';
    throw new InputError(`cursor ${message}`, [{ path: 'cursor', message }]);
  }
  return { at, id };
}
