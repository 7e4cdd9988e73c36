import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  NotFoundError,
  UnauthenticatedError,
  type NamespaceSet,
  type Precondition,
  type Role,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { refuseUnlessState, stateTag } from '../db/state-tag.ts';

/** A token without its secret. */
export interface TokenRow {
  id: string;
  name: string;
  role: Role;
  namespaces: NamespaceSet;
  createdBy: string | undefined;
  createdAt: Date;
  /** Undefined: it does not end by itself. */
  expiresAt: Date | undefined;
  /** Exact to a minute. */
  lastUsedAt: Date | undefined;
  revokedAt: Date | undefined;
}

/** A token to be stored. */
export interface NewToken {
  name: string;
  /** The SHA-256 of its secret. */
  hash: Buffer;
  role: Role;
  namespaces: readonly string[] | undefined;
  expiresAt: Date | undefined;
  /** The principal that requests it; undefined while sign-in is off. */
  createdBy: string | undefined;
}

/**
 * What keeps an installation from being locked out: without a token in RAT_ADMIN_TOKEN
 * (`hasAdminToken`), at least one admin's token without an end must stay.
 */
export interface Lockout {
  hasAdminToken: boolean;
}

/**
 * Stores a token. Throws UnauthenticatedError when a request without a principal creates it although there is a token already, ConflictError when a valid token has the name, and when the first token
 * would lock everybody out.
 */
export async function createToken(
  db: Database,
  token: NewToken,
  lockout: Lockout,
): Promise<TokenRow> {
  const { name, hash, role, namespaces = null, expiresAt, createdBy } = token;
  return withTransaction(db.pool, async (client) => {
    await client.query(LOCK);
    // The request began while sign-in was off, and was held open until the first token was made.
    if (createdBy === undefined && (await hasTokens({ pool: client }))) {
      throw new UnauthenticatedError('sign-in is on by now: send a token', false);
    }
    const id = randomUUID();
    const values = [id, name, hash, role, namespaces, expiresAt ?? null, createdBy ?? null];
    const made = await client.query({ ...INSERT, values });
    if (made.rowCount === 0) throw new ConflictError(`a token of the name ${name} exists already`);
    await assertNotLockedOut(
      client,
      lockout,
      'the first token must have the role admin and no end',
    );
    return getTokenBy(client, id);
  });
}

/** The entity tag of what people set of a token. */
export function tokenTag({ expiresAt, revokedAt }: TokenRow): string {
  return stateTag([expiresAt, revokedAt]);
}

/** A page of the tokens, newest first; `total` is exact. `within`: only those that are limited to some of these. */
export async function listTokens(
  db: Database,
  page: { limit: number; offset: number; within?: NamespaceSet },
): Promise<{ tokens: TokenRow[]; total: number }> {
  const { limit, offset, within = null } = page;
  const [listed, counted] = await Promise.all([
    db.pool.query<StoredToken>({ ...LIST, values: [within, limit, offset] }),
    db.pool.query<{ total: number }>({ ...COUNT, values: [within] }),
  ]);
  return { tokens: listed.rows.map(toToken), total: counted.rows[0]?.total ?? 0 };
}

/** One token, revoked or not; throws NotFoundError. */
export function getToken(db: Database, id: string): Promise<TokenRow> {
  return getTokenBy(db.pool, id);
}

/**
 * Changes when a token ends. Throws NotFoundError for an unknown or revoked token, ConflictError
 * when no one could administer the installation afterwards, and PreconditionError.
 */
export function changeTokenEnd(
  db: Database,
  id: string,
  expiresAt: Date | undefined,
  lockout: Lockout,
  precondition: Precondition = {},
): Promise<TokenRow> {
  const statement = { ...CHANGE_END, values: [id, expiresAt ?? null] as [string, Date | null] };
  return changeToken(db, statement, lockout, precondition);
}

/** Takes a token back for good. Throws like `changeTokenEnd`. */
export async function revokeToken(db: Database, id: string, lockout: Lockout): Promise<void> {
  await changeToken(db, { ...REVOKE, values: [id] }, lockout);
}

/** Whether any token was ever made, a revoked or expired one included. */
export async function hasTokens(db: { pool: Queryable }): Promise<boolean> {
  const found = await db.pool.query<{ any: boolean }>(ANY);
  return found.rows[0]?.any === true;
}

async function changeToken(
  db: Database,
  statement: { name: string; text: string; values: [string, ...unknown[]] },
  lockout: Lockout,
  precondition: Precondition = {},
): Promise<TokenRow> {
  const [id] = statement.values;
  return withTransaction(db.pool, async (client) => {
    await client.query(LOCK);
    const before = await getTokenBy(client, id);
    refuseUnlessState(precondition, 'the token', { tag: tokenTag(before), at: before.createdAt });
    const changed = await client.query(statement);
    if (changed.rowCount === 0) throw new NotFoundError('token not found');
    const message =
      'this is the last token of an admin without an end: make another one first, or set RAT_ADMIN_TOKEN';
    await assertNotLockedOut(client, lockout, message);
    return getTokenBy(client, id);
  });
}

async function assertNotLockedOut(
  client: Queryable,
  { hasAdminToken }: Lockout,
  message: string,
): Promise<void> {
  if (hasAdminToken) return;
  const left = await client.query<{ any: boolean }>(LASTING_ADMIN);
  if (left.rows[0]?.any !== true) throw new ConflictError(message);
}

async function getTokenBy(client: Queryable, id: string): Promise<TokenRow> {
  const found = await client.query<StoredToken>({ ...FIND, values: [id] });
  const [row] = found.rows;
  if (row === undefined) throw new NotFoundError('token not found');
  return toToken(row);
}

interface StoredToken {
  id: string;
  name: string;
  role: Role;
  namespaces: string[] | null;
  created_by: string | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

function toToken(row: StoredToken): TokenRow {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    namespaces: row.namespaces ?? undefined,
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  };
}

/** Two requests at once must not each take the other one for the admin who stays. Reads go on. */
const LOCK = {
  name: 'lock-tokens',
  text: 'LOCK TABLE tokens IN SHARE ROW EXCLUSIVE MODE',
};

const INSERT = {
  name: 'create-token',
  text: `INSERT INTO tokens (id, name, hash, role, namespaces, expires_at, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING`,
};

const COLUMNS = `
      id,
      name,
      role,
      namespaces,
      created_by,
      created_at,
      expires_at,
      last_used_at,
      revoked_at`;

/** A token of all namespaces is within none of these. */
const WITHIN = '($1::varchar[] IS NULL OR namespaces <@ $1::varchar[])';

const LIST = {
  name: 'list-tokens',
  text: `SELECT ${COLUMNS}
    FROM tokens
    WHERE ${WITHIN}
    ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3`,
};

const COUNT = {
  name: 'count-tokens',
  text: `SELECT count(*) AS total FROM tokens WHERE ${WITHIN}`,
};

const FIND = { name: 'get-token', text: `SELECT ${COLUMNS} FROM tokens WHERE id = $1` };

const CHANGE_END = {
  name: 'change-token-end',
  text: 'UPDATE tokens SET expires_at = $2 WHERE id = $1 AND revoked_at IS NULL',
};

const REVOKE = {
  name: 'revoke-token',
  text: 'UPDATE tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL',
};

const ANY = { name: 'any-token', text: 'SELECT EXISTS (SELECT FROM tokens) AS any' };

/** A token with an end does not count: on that day there would be no admin left. */
const LASTING_ADMIN = {
  name: 'lasting-admin',
  text: `SELECT EXISTS (
      SELECT FROM tokens
      WHERE role = 'admin' AND namespaces IS NULL AND revoked_at IS NULL AND expires_at IS NULL
    ) AS any`,
};
