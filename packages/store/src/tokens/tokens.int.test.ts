import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError, UnauthenticatedError, type Role } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  createStandIn,
  endSession,
  findEndedGrants,
  findSession,
  findToken,
  takeTicket,
} from './grants.ts';
import {
  changeTokenEnd,
  createToken,
  hasTokens,
  listTokens,
  revokeToken,
  type TokenRow,
} from './tokens.ts';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

const ALONE = { hasAdminToken: false };
const WITH_ADMIN_TOKEN = { hasAdminToken: true };

async function make(name: string, role: Role = 'admin', expiresAt?: Date): Promise<TokenRow> {
  const isFirst = !(await hasTokens(fixture.db));
  const createdBy = isFirst ? undefined : 'one';
  const created = { expiresAt, createdBy, namespaces: undefined };
  const token = { name, role, hash: randomBytes(32), ...created };
  return createToken(fixture.db, token, ALONE);
}

test('the first token must be one of an admin without an end, unless there is another way in', async () => {
  await expect(make('a', 'author')).rejects.toThrow(ConflictError);
  await expect(make('a', 'admin', new Date(Date.now() + 60_000))).rejects.toThrow(ConflictError);
  expect(await hasTokens(fixture.db)).toBe(false);
  const token = { name: 'a', hash: randomBytes(32), expiresAt: undefined, createdBy: 'admin' };
  const viewer = { ...token, role: 'viewer' as const, namespaces: ['sales'] };
  const made = await createToken(fixture.db, viewer, WITH_ADMIN_TOKEN);
  expect(made.namespaces).toEqual(['sales']);
  expect(await hasTokens(fixture.db)).toBe(true);
});

test('a request that began before the first token makes no second one without a name', async () => {
  await make('one');
  const token = { name: 'late', role: 'admin' as const, hash: randomBytes(32) };
  const late = { ...token, expiresAt: undefined, createdBy: undefined, namespaces: undefined };
  await expect(createToken(fixture.db, late, ALONE)).rejects.toThrow(UnauthenticatedError);
  expect((await listTokens(fixture.db, { limit: 10, offset: 0 })).total).toBe(1);
});

test('of two admins who are revoked at once, one stays', async () => {
  const { id: one } = await make('one');
  const { id: other } = await make('other');
  const ends = await Promise.allSettled([
    revokeToken(fixture.db, one, ALONE),
    revokeToken(fixture.db, other, ALONE),
  ]);
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['fulfilled', 'rejected']));
  const { tokens } = await listTokens(fixture.db, { limit: 10, offset: 0 });
  expect(tokens.filter(({ revokedAt }) => revokedAt === undefined)).toHaveLength(1);
});

test('a token of the same name can be made once the first one is revoked, and only one at a time', async () => {
  await make('keeper');
  const { id } = await make('robot');
  await expect(make('robot')).rejects.toThrow('exists already');
  await revokeToken(fixture.db, id, ALONE);
  const ends = await Promise.allSettled([make('robot', 'viewer'), make('robot', 'viewer')]);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(changeTokenEnd(fixture.db, id, undefined, ALONE)).rejects.toThrow(NotFoundError);
});

test('an admin of some namespaces is no admin of the installation, and lists tokens of these namespaces only', async () => {
  const token = { role: 'admin' as const, createdBy: undefined, expiresAt: undefined };
  const limited = { ...token, name: 'limited', namespaces: ['sales', 'hr'] };
  await expect(
    createToken(fixture.db, { ...limited, hash: randomBytes(32) }, ALONE),
  ).rejects.toThrow('the first token must have the role admin');
  await make('root');
  const hash = randomBytes(32);
  const { id } = await createToken(fixture.db, { ...limited, createdBy: 'root', hash }, ALONE);
  expect(await findToken(fixture.db, hash)).toMatchObject({
    state: 'valid',
    namespaces: ['sales', 'hr'],
  });
  const held = { tokenIds: [id], sessions: [] };
  expect(await findEndedGrants(fixture.db, held)).toEqual({ tokenIds: [], sessions: [] });
  const page = { limit: 10, offset: 0 };
  const within = (namespaces: string[]): Promise<unknown> =>
    listTokens(fixture.db, { ...page, within: namespaces });
  expect(await within(['hr', 'sales', 'ops'])).toMatchObject({ total: 1, tokens: [{ id }] });
  expect(await within(['sales'])).toEqual({ total: 0, tokens: [] });
});

test('of ten requests with one ticket, one gets it, and a session is no ticket', async () => {
  const { id: tokenId } = await make('a');
  const [ticket, session] = [randomBytes(32), randomBytes(32)];
  const source = { tokenId };
  await createStandIn(fixture.db, { kind: 'ticket', hash: ticket, source, seconds: 30 });
  await createStandIn(fixture.db, { kind: 'session', hash: session, source, seconds: 30 });
  expect(await findSession(fixture.db, ticket)).toBeUndefined();
  expect(await takeTicket(fixture.db, session)).toBeUndefined();
  const taken = await Promise.all(Array.from({ length: 10 }, () => takeTicket(fixture.db, ticket)));
  expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
  expect(await findSession(fixture.db, session)).toMatchObject({ source });
});

test('a ticket that was made in a session ends with it, and none is made after its end', async () => {
  const source = { adminHash: randomBytes(32) };
  const [session, ticket] = [randomBytes(32), randomBytes(32)];
  await createStandIn(fixture.db, { kind: 'session', hash: session, source, seconds: 30 });
  const inSession = { kind: 'ticket', source, seconds: 30, session } as const;
  await createStandIn(fixture.db, { ...inSession, hash: ticket });
  await createStandIn(fixture.db, { ...inSession, hash: randomBytes(32) });
  expect(await takeTicket(fixture.db, ticket)).toMatchObject({ source, session });
  await endSession(fixture.db, session);
  expect((await fixture.db.pool.query('SELECT FROM token_stand_ins')).rowCount).toBe(0);
  const late = createStandIn(fixture.db, { ...inSession, hash: randomBytes(32) });
  await expect(late).rejects.toThrow(UnauthenticatedError);
});

test('what has ended is removed when the next one is made', async () => {
  const source = { adminHash: randomBytes(32) };
  for (const seconds of [0, 60, 60]) {
    const hash = randomBytes(32);
    await createStandIn(fixture.db, { kind: 'ticket', hash, source, seconds });
  }
  const left = await fixture.db.pool.query('SELECT FROM token_stand_ins');
  expect(left.rowCount).toBe(2);
});
