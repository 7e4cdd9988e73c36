import { ROLES, UnauthenticatedError, type Role } from '@rat/domain';
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { storableText } from '../db/storable.ts';

/** A person whom an identity provider has signed in. */
export interface SignedInPerson {
  issuer: string;
  /** The id of the person at the issuer. */
  subject: string;
  name: string;
  /** What its groups allowed at the sign-in. A replica of an earlier version uses it. */
  role: Role;
  /** Undefined: all. */
  namespaces: readonly string[] | undefined;
  /** Those of its groups that had a role at the sign-in; undefined in a session of an earlier version. */
  groups?: readonly string[] | undefined;
}

/** The source of a principal's right: a stored token, the one in RAT_ADMIN_TOKEN, or a sign-in of a person. */
export type GrantSource = { tokenId: string } | { adminHash: Buffer } | { person: SignedInPerson };

/** A stored token, as a request that carries it finds it. */
export interface FoundToken {
  tokenId: string;
  name: string;
  role: Role;
  /** Undefined: all. */
  namespaces: readonly string[] | undefined;
  hash: Buffer;
  expiresAt: Date | undefined;
  state: 'valid' | 'revoked' | 'expired';
  /** Whether `noteTokenUse` would write: the last use that was noted is a minute ago. */
  isUseDue: boolean;
}

/** Finds a token by the SHA-256 of its secret. */
export async function findToken(db: Database, hash: Buffer): Promise<FoundToken | undefined> {
  const found = await db.pool.query<StoredGrant>({ ...FIND, values: [hash] });
  const [row] = found.rows;
  if (row === undefined) return undefined;
  const { id, name, role, state, expires_at, is_use_due } = row;
  const expiresAt = expires_at ?? undefined;
  const namespaces = row.namespaces ?? undefined;
  const facts = { name, role, namespaces, hash: row.hash, state, expiresAt };
  return { tokenId: id, ...facts, isUseDue: is_use_due };
}

/** Notes that a token is used now, at most once a minute. */
export async function noteTokenUse(db: Database, tokenId: string): Promise<void> {
  await db.pool.query({ ...NOTE_USE, values: [tokenId] });
}

/** A session or a ticket that has not ended. */
export interface FoundStandIn {
  source: GrantSource;
  expiresAt: Date;
  /** The token behind it; undefined for the one in RAT_ADMIN_TOKEN, and for a person. */
  token: FoundToken | undefined;
  /** The hash of the session that a ticket was made in. */
  session: Buffer | undefined;
}

/** A session or a ticket to be stored. */
export interface NewStandIn {
  kind: 'session' | 'ticket';
  /** The SHA-256 of its secret. */
  hash: Buffer;
  source: GrantSource;
  seconds: number;
  /** The hash of the session that a ticket is made in. The ticket ends with it. */
  session?: Buffer | undefined;
}

/** Stores a session or a ticket. Throws UnauthenticatedError when the session of a ticket has ended in between. */
export async function createStandIn(
  db: Database,
  standIn: NewStandIn,
): Promise<{ expiresAt: Date }> {
  const { kind, hash, source, seconds, session = null } = standIn;
  const tokenId = 'tokenId' in source ? source.tokenId : null;
  const adminHash = 'adminHash' in source ? source.adminHash : null;
  const person = 'person' in source ? JSON.stringify(source.person) : null;
  const made = await db.pool.query<{ expires_at: Date }>({
    ...CREATE,
    values: [hash, kind, tokenId, adminHash, seconds, session, person],
  });
  const expiresAt = made.rows[0]?.expires_at;
  if (expiresAt === undefined) throw new UnauthenticatedError('the session has ended', true);
  return { expiresAt };
}

/** The session of a cookie; undefined when it has ended. */
export async function findSession(db: Database, hash: Buffer): Promise<FoundStandIn | undefined> {
  const found = await db.pool.query<StoredStandIn>({ ...FIND_SESSION, values: [hash] });
  return toStandIn(db, found.rows[0]);
}

/** Takes a ticket: of two requests with it, one gets it. Undefined when it is used or has ended. */
export async function takeTicket(db: Database, hash: Buffer): Promise<FoundStandIn | undefined> {
  const taken = await db.pool.query<StoredStandIn>({ ...TAKE_TICKET, values: [hash] });
  return toStandIn(db, taken.rows[0]);
}

/** Ends a session, if there is one. */
export async function endSession(db: Database, hash: Buffer): Promise<void> {
  await db.pool.query({ ...END_SESSION, values: [hash] });
}

/** Ends the sessions of a principal, with their tickets; returns how many. `admin` is the token of the environment. */
export async function endSessionsOf(db: Database, principal: string): Promise<number> {
  // No principal has a NUL in its name, and Postgres refuses to read one.
  const ended = await db.pool.query({ ...END_SESSIONS_OF, values: [storableText(principal)] });
  return ended.rowCount ?? 0;
}

/** The tokens and the sessions of these that give no right any more. */
export async function findEndedGrants(
  db: Database,
  held: { tokenIds: readonly string[]; sessions: readonly Buffer[] },
): Promise<{ tokenIds: string[]; sessions: Buffer[] }> {
  const [tokens, sessions] = await Promise.all([
    db.pool.query<{ id: string }>({ ...ENDED_TOKENS, values: [held.tokenIds] }),
    db.pool.query<{ hash: Buffer }>({ ...ENDED_SESSIONS, values: [held.sessions] }),
  ]);
  return {
    tokenIds: tokens.rows.map(({ id }) => id),
    sessions: sessions.rows.map(({ hash }) => hash),
  };
}

async function toStandIn(
  db: Database,
  row: StoredStandIn | undefined,
): Promise<FoundStandIn | undefined> {
  if (row === undefined) return undefined;
  const facts = { expiresAt: row.expires_at, session: row.session_hash ?? undefined };
  if (row.admin_hash !== null) {
    return { source: { adminHash: row.admin_hash }, ...facts, token: undefined };
  }
  if (row.person !== null) {
    const source = { person: signedInPerson.parse(row.person) };
    return { source, ...facts, token: undefined };
  }
  if (row.token_hash === null || row.token_id === null) return undefined;
  const token = await findToken(db, row.token_hash);
  return token && { source: { tokenId: row.token_id }, ...facts, token };
}

const signedInPerson = z.object({
  issuer: z.string(),
  subject: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  namespaces: z
    .array(z.string())
    .optional()
    .transform((names) => names),
  groups: z.array(z.string()).optional(),
});

interface StoredGrant {
  id: string;
  name: string;
  role: Role;
  namespaces: string[] | null;
  hash: Buffer;
  state: FoundToken['state'];
  expires_at: Date | null;
  is_use_due: boolean;
}

interface StoredStandIn {
  token_id: string | null;
  token_hash: Buffer | null;
  admin_hash: Buffer | null;
  session_hash: Buffer | null;
  person: unknown;
  expires_at: Date;
}

const FIND = {
  name: 'find-token',
  text: `SELECT
      id,
      name,
      role,
      namespaces,
      hash,
      CASE
        WHEN revoked_at IS NOT NULL THEN 'revoked'
        WHEN expires_at <= now() THEN 'expired'
        ELSE 'valid'
      END AS state,
      expires_at,
      last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS is_use_due
    FROM tokens
    WHERE hash = $1`,
};

/** Repeats the condition: of the requests of one minute, one writes. */
const NOTE_USE = {
  name: 'note-token-use',
  text: `UPDATE tokens SET last_used_at = now()
    WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
};

/**
 * Ended rows are removed here, where new ones are made; so no job has to. The session of a ticket is locked, so that a
 * sign-out at the same time either finds the ticket or comes first.
 */
const CREATE = {
  name: 'create-token-stand-in',
  text: `WITH ended AS (DELETE FROM token_stand_ins WHERE expires_at <= now()),
    session AS (
      SELECT FROM token_stand_ins
      WHERE hash = $6 AND kind = 'session' AND expires_at > now()
      FOR KEY SHARE
    )
    INSERT INTO token_stand_ins (
      hash,
      kind,
      token_id,
      admin_hash,
      expires_at,
      session_hash,
      person
    )
    SELECT $1, $2, $3, $4, now() + $5 * interval '1 second', $6, $7
    WHERE $6::bytea IS NULL OR EXISTS (SELECT FROM session)
    RETURNING expires_at`,
};

const FIND_SESSION = {
  name: 'find-session',
  text: `SELECT s.token_id, t.hash AS token_hash, s.admin_hash, s.session_hash, s.person, s.expires_at
    FROM token_stand_ins s LEFT JOIN tokens t ON t.id = s.token_id
    WHERE s.hash = $1 AND s.kind = 'session' AND s.expires_at > now()`,
};

/** The delete makes a ticket good for one request. */
const TAKE_TICKET = {
  name: 'take-ticket',
  text: `WITH taken AS (
      DELETE FROM token_stand_ins
      WHERE hash = $1 AND kind = 'ticket' AND expires_at > now()
      RETURNING token_id, admin_hash, session_hash, person, expires_at
    )
    SELECT s.token_id, t.hash AS token_hash, s.admin_hash, s.session_hash, s.person, s.expires_at
    FROM taken s LEFT JOIN tokens t ON t.id = s.token_id`,
};

const END_SESSION = {
  name: 'end-session',
  text: `DELETE FROM token_stand_ins WHERE hash = $1 AND kind = 'session'`,
};

/** No stored token has the name of the one of the environment, or of a person. */
const END_SESSIONS_OF = {
  name: 'end-sessions-of',
  text: `DELETE FROM token_stand_ins
    WHERE kind = 'session'
      AND (
        person ->> 'name' = $1
        OR token_id IN (SELECT id FROM tokens WHERE name = $1)
        OR (admin_hash IS NOT NULL AND $1 = 'admin')
      )`,
};

const ENDED_TOKENS = {
  name: 'ended-tokens',
  text: `SELECT held.id
    FROM unnest($1::uuid[]) held(id)
    WHERE NOT EXISTS (
      SELECT FROM tokens t
      WHERE t.id = held.id
        AND t.revoked_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > now())
    )`,
};

const ENDED_SESSIONS = {
  name: 'ended-sessions',
  text: `SELECT held.hash
    FROM unnest($1::bytea[]) held(hash)
    WHERE NOT EXISTS (
      SELECT FROM token_stand_ins s WHERE s.hash = held.hash AND s.expires_at > now()
    )`,
};
