import { ConflictError } from '@rat/domain';
import type { Database, Queryable } from './database.ts';
import type { Prisma } from '../generated/client.ts';

/** A client's own key for one request, and the request. */
export interface IdempotencyKey {
  key: string;
  /** The fields of the request with defaults filled in; values are plain JSON. */
  request: Readonly<Record<string, unknown>>;
  /** How long the key is kept, ms. */
  keepMs: number;
}

/**
 * The run that this key has created already, or undefined. Throws ConflictError, which names the
 * field, when the key was used for a different request.
 */
export async function findReplay(db: Database, key: IdempotencyKey): Promise<string | undefined> {
  const answer = await db.pool.query<KeyRow>({ ...FIND_KEY, values: [key.key] });
  return matchRequest(answer.rows[0], key)?.run_id ?? undefined;
}

/**
 * Takes the key inside of the transaction that creates the run. Undefined: this transaction owns
 * the key. A concurrent transaction with the same key is waited for; its run is then returned, as
 * by `findReplay`.
 */
export async function takeKey(
  tx: Prisma.TransactionClient,
  key: IdempotencyKey,
): Promise<string | undefined> {
  const taken = await tx.$executeRawUnsafe(
    TAKE_KEY,
    key.key,
    JSON.stringify(key.request),
    key.keepMs,
  );
  if (taken === 1) return undefined;
  const [row] = await tx.$queryRawUnsafe<KeyRow[]>(FIND_KEY.text, key.key);
  return matchRequest(row, key)?.run_id ?? undefined;
}

/** Stores which run the key created; in the same transaction. */
export async function bindKey(
  tx: Prisma.TransactionClient,
  key: IdempotencyKey,
  runId: string,
): Promise<void> {
  await tx.idempotencyKey.update({ where: { key: key.key }, data: { runId } });
}

/**
 * Takes the key inside of the transaction that makes or changes a pipeline. True: an earlier request
 * with this key has done it. A concurrent transaction with the same key is waited for. Throws
 * ConflictError, which names the field, when the key was used for a different request.
 */
export async function takePipelineKey(client: Queryable, key: IdempotencyKey): Promise<boolean> {
  const taken = await client.query(TAKE_KEY, [key.key, JSON.stringify(key.request), key.keepMs]);
  if (taken.rowCount === 1) return false;
  const answer = await client.query<KeyRow>({ ...FIND_KEY, values: [key.key] });
  return matchRequest(answer.rows[0], key) !== undefined;
}

/** Stores which pipeline the key made or changed; in the same transaction. */
export async function bindPipelineKey(
  client: Queryable,
  { key }: IdempotencyKey,
  pipelineId: string,
): Promise<void> {
  await client.query('UPDATE idempotency_keys SET pipeline_id = $2 WHERE key = $1', [
    key,
    pipelineId,
  ]);
}

/** Deletes expired keys, at most `limit`. */
export async function forgetExpiredKeys(db: Database, limit: number): Promise<void> {
  await db.pool.query(
    `DELETE FROM idempotency_keys WHERE key IN (
       SELECT key FROM idempotency_keys WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
}

interface KeyRow {
  request: Record<string, unknown>;
  run_id: string | null;
  pipeline_id: string | null;
}

function matchRequest(row: KeyRow | undefined, key: IdempotencyKey): KeyRow | undefined {
  if (row === undefined || (row.run_id ?? row.pipeline_id) === null) return undefined;
  const fields = new Set([...Object.keys(row.request), ...Object.keys(key.request)]);
  for (const field of fields) {
    if (JSON.stringify(row.request[field]) === JSON.stringify(key.request[field])) continue;
    throw new ConflictError(
      `this Idempotency-Key was used with another ${field}`,
      row.run_id === null ? {} : { runId: row.run_id },
    );
  }
  return row;
}

const FIND_KEY = {
  name: 'find-idempotency-key',
  text: `SELECT request, run_id::text, pipeline_id::text
    FROM idempotency_keys WHERE key = $1 AND expires_at > now()`,
};

/**
 * The unique index makes concurrent requests with one key wait for each other. An expired key is
 * taken over in place.
 */
const TAKE_KEY = `INSERT INTO idempotency_keys AS k (key, request, expires_at)
  VALUES ($1, $2::jsonb, now() + $3::float8 * interval '1 ms')
  ON CONFLICT (key) DO UPDATE SET
      request = excluded.request,
      run_id = NULL,
      pipeline_id = NULL,
      expires_at = excluded.expires_at
    WHERE k.expires_at <= now()`;
