import { isDeepStrictEqual } from 'node:util';
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

/** A file that an upload with a key has stored, which need not be in its zone any more. */
export interface KeptUpload {
  bytes: number;
  modifiedAt: Date;
  /** In hexadecimal. */
  sha256: string;
}

/**
 * The file that an upload with this key has stored already, or undefined. Throws ConflictError, which
 * names the field, when the key was used for a different request.
 */
export async function findUploadReplay(
  db: Database,
  key: IdempotencyKey,
): Promise<KeptUpload | undefined> {
  const answer = await db.pool.query<KeyRow>({ ...FIND_KEY, values: [key.key] });
  const kept = matchRequest(answer.rows[0], key)?.upload;
  return kept ? { ...kept, modifiedAt: new Date(kept.modifiedAt) } : undefined;
}

/**
 * Stores what an upload with a key has stored, once that is complete: an upload that broke off leaves
 * its key free. A key that is taken meanwhile stays as it is.
 */
export async function keepUpload(
  db: Database,
  key: IdempotencyKey,
  { namespace, ...upload }: KeptUpload & { namespace: string },
): Promise<void> {
  const { key: text, request, keepMs } = key;
  const values = [text, JSON.stringify(request), keepMs, namespace, JSON.stringify(upload)];
  await db.pool.query({ ...KEEP_UPLOAD, values });
}

/** What a request under a key made, and whether an earlier request with the key did it. */
export interface Made<T extends object> {
  made: T;
  isReplayed: boolean;
}

/** Sends a statement within the transaction that makes the thing. */
export type Ask = <Row>(text: string, ...values: unknown[]) => Promise<Row[]>;

export function askClient(client: Queryable): Ask {
  return async <Row>(text: string, ...values: unknown[]) =>
    // The caller names the columns of its statement.
    (await client.query(text, values)).rows as Row[];
}

export function askPrisma(tx: Prisma.TransactionClient): Ask {
  return <Row>(text: string, ...values: unknown[]) => tx.$queryRawUnsafe<Row[]>(text, ...values);
}

/**
 * Makes a thing once for each key, within the caller's transaction; without a key, always. A concurrent transaction with
 * the same key is waited for. What `make` returns names the thing, is plain JSON, and is no secret: it is stored. Throws
 * ConflictError, which names the field, when the key was used for a different request.
 *
 * @example
 * const { made, isReplayed } = await makeOnce(askClient(client), idempotency, async () => {
 *   await client.query(INSERT_VIEW, [id, name]);
 *   return { id };
 * });
 */
export async function makeOnce<T extends object>(
  ask: Ask,
  key: IdempotencyKey | undefined,
  make: () => Promise<T>,
): Promise<Made<T>> {
  if (key === undefined) return { made: await make(), isReplayed: false };
  const request = JSON.stringify(key.request);
  const taken = await ask(`${TAKE_KEY} RETURNING 1`, key.key, request, key.keepMs);
  if (taken.length === 0) {
    const [row] = await ask<KeyRow>(FIND_KEY.text, key.key);
    const earlier = toMade<T>(matchRequest(row, key));
    if (earlier !== undefined) return earlier;
  }
  const made = await make();
  await ask(
    'UPDATE idempotency_keys SET made = $2::jsonb WHERE key = $1',
    key.key,
    JSON.stringify(made),
  );
  return { made, isReplayed: false };
}

/**
 * What an earlier request with the key made; undefined without one. Asks before the checks of a request: those may refuse
 * by now what the first request did. Throws like `makeOnce`.
 */
export async function findMade<T extends object>(
  db: Database,
  key: IdempotencyKey | undefined,
): Promise<Made<T> | undefined> {
  if (key === undefined) return undefined;
  const answer = await db.pool.query<KeyRow>({ ...FIND_KEY, values: [key.key] });
  return toMade(matchRequest(answer.rows[0], key));
}

function toMade<T extends object>(row: KeyRow | undefined): Made<T> | undefined {
  if (row === undefined || row.made === null) return undefined;
  // The request is the same, so the same operation has written it.
  return { made: row.made as T, isReplayed: true };
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
  upload: (Omit<KeptUpload, 'modifiedAt'> & { modifiedAt: string }) | null;
  made: object | null;
}

function matchRequest(row: KeyRow | undefined, key: IdempotencyKey): KeyRow | undefined {
  if (row === undefined) return undefined;
  if ((row.run_id ?? row.pipeline_id ?? row.upload ?? row.made) === null) return undefined;
  const fields = new Set([...Object.keys(row.request), ...Object.keys(key.request)]);
  for (const field of fields) {
    if (isDeepStrictEqual(row.request[field], toPlain(key.request[field]))) continue;
    throw new ConflictError(
      `this Idempotency-Key was used with another ${field}`,
      row.run_id === null ? {} : { runId: row.run_id },
    );
  }
  return row;
}

/** A value as the database returns it: without undefined fields, and with times as text. */
function toPlain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

const FIND_KEY = {
  name: 'find-idempotency-key',
  text: `SELECT request, run_id::text, pipeline_id::text, upload, made
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
      namespace = NULL,
      upload = NULL,
      made = NULL,
      expires_at = excluded.expires_at
    WHERE k.expires_at <= now()`;

/** An expired key is taken over in place, as by TAKE_KEY. */
const KEEP_UPLOAD = {
  name: 'keep-upload',
  text: `INSERT INTO idempotency_keys AS k (key, request, expires_at, namespace, upload)
    VALUES ($1, $2::jsonb, now() + $3::float8 * interval '1 ms', $4, $5::jsonb)
    ON CONFLICT (key) DO UPDATE SET
        request = excluded.request,
        run_id = NULL,
        pipeline_id = NULL,
        namespace = excluded.namespace,
        upload = excluded.upload,
        made = NULL,
        expires_at = excluded.expires_at
      WHERE k.expires_at <= now()`,
};
