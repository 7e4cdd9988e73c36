import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InputError } from '@rat/domain';
import { openStoreFixture } from '@rat/testing';
import {
  listAuditEntries,
  recordAuditEntry,
  removeOldAuditEntries,
  type AuditFacts,
} from './audit-entries.ts';

let fixture: Awaited<ReturnType<typeof openStoreFixture>>;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

const FACTS: AuditFacts = {
  who: 'ana',
  action: 'dropTable',
  resource: 'tables/shop/gold/sales',
  status: 200,
  requestId: 'one',
  ip: '10.0.0.7',
  objects: undefined,
  tokenId: undefined,
  sessionId: undefined,
};
const PAGE = { limit: 50, offset: 0 };

/** Entries are append-only, so a test that needs an old one adds it as old. */
async function addAged(requestId: string, days: number): Promise<void> {
  await fixture.db.pool.query(
    `INSERT INTO audit_entries (id, at, action, resource, status, request_id)
     VALUES (gen_random_uuid(), now() - $1 * interval '1 day', 'a', 'r', 200, $2)`,
    [days, requestId],
  );
}

async function requestIds(query = {}): Promise<string[]> {
  const { entries } = await listAuditEntries(fixture.db, { ...PAGE, ...query });
  return entries.map(({ requestId }) => requestId);
}

test('an entry is listed as it was recorded, newest first, with the exact total', async () => {
  await recordAuditEntry(fixture.db, FACTS);
  await recordAuditEntry(fixture.db, {
    ...FACTS,
    who: undefined,
    ip: undefined,
    requestId: 'two',
    status: 409,
  });
  const { entries, total } = await listAuditEntries(fixture.db, { ...PAGE, limit: 1 });
  expect(total).toBe(2);
  expect(entries).toMatchObject([{ requestId: 'two', who: undefined, ip: undefined, status: 409 }]);
  const [, first] = (await listAuditEntries(fixture.db, PAGE)).entries;
  expect(first).toEqual({ ...FACTS, id: expect.any(String), at: expect.any(Date) });
});

test('the audit log is filtered by author, action, time, and a resource with what is below it', async () => {
  const entries: Partial<AuditFacts>[] = [
    { requestId: 'a', resource: 'tables/shop/gold/sales' },
    { requestId: 'b', resource: 'tables/shop/gold/sales/snapshots/1', who: 'bo' },
    { requestId: 'c', resource: 'tables/shop/gold/sales_2', action: 'putTableMetadata' },
    { requestId: 'd', resource: 'tables/shop/gold/sale%' },
  ];
  for (const one of entries) await recordAuditEntry(fixture.db, { ...FACTS, ...one });
  expect(await requestIds({ resource: 'tables/shop/gold/sales' })).toEqual(['b', 'a']);
  expect(await requestIds({ resource: 'tables' })).toEqual(['d', 'c', 'b', 'a']);
  expect(await requestIds({ resource: 'tables/shop/gold/sale%' })).toEqual(['d']);
  expect(await requestIds({ who: 'bo' })).toEqual(['b']);
  expect(await requestIds({ action: 'putTableMetadata' })).toEqual(['c']);
  const future = new Date(Date.now() + 60_000);
  expect(await requestIds({ from: future })).toEqual([]);
  expect(await requestIds({ to: future })).toHaveLength(4);
});

test('pages by cursor show each entry once, also of one instant, and while entries are added', async () => {
  await fixture.db.pool.query(
    `INSERT INTO audit_entries (id, at, action, resource, status, request_id)
     SELECT gen_random_uuid(), date_trunc('minute', now()) - n / 3 * interval '1 minute',
       'a', 'r', 200, n::text
     FROM generate_series(1, 10) AS n`,
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listAuditEntries(fixture.db, { ...PAGE, limit: 3, cursor });
    expect(page.total).toBeGreaterThanOrEqual(10);
    seen.push(...page.entries.map(({ requestId }) => requestId));
    cursor = page.nextCursor;
    await recordAuditEntry(fixture.db, FACTS);
  } while (cursor !== undefined);
  expect(seen).toHaveLength(10);
  expect(new Set(seen).size).toBe(10);
  await expect(listAuditEntries(fixture.db, { ...PAGE, cursor: 'x' })).rejects.toThrow(InputError);
});

test('an entry with an address of any length is stored', async () => {
  await recordAuditEntry(fixture.db, { ...FACTS, resource: `tables/${'🦆'.repeat(2_000)}\0` });
  const [entry] = (await listAuditEntries(fixture.db, PAGE)).entries;
  expect(entry?.resource).toMatch(/^tables\/🦆/u);
});

test.each([
  ['changed', `UPDATE audit_entries SET who = 'nobody'`],
  ['deleted', `DELETE FROM audit_entries`],
  ['truncated', `TRUNCATE audit_entries`],
])('the database refuses that a young entry is %s', async (_how, statement) => {
  await recordAuditEntry(fixture.db, FACTS);
  await addAged('young', 29);
  await expect(fixture.db.pool.query(statement)).rejects.toThrow('append-only');
  expect(await requestIds()).toEqual(['one', 'young']);
});

test('retention removes old entries, oldest first, and no others', async () => {
  await recordAuditEntry(fixture.db, FACTS);
  await addAged('older', 402);
  await addAged('old', 401);
  await addAged('kept', 399);
  expect(await removeOldAuditEntries(fixture.db, { days: 400, limit: 1 })).toBe(1);
  expect(await requestIds()).toEqual(['one', 'kept', 'old']);
  expect(await removeOldAuditEntries(fixture.db, { days: 400, limit: 10 })).toBe(1);
  expect(await removeOldAuditEntries(fixture.db, { days: 400, limit: 10 })).toBe(0);
});

test('an entry keeps the objects of a request and its token, by which the log is filtered', async () => {
  const tokenId = '01a222f5-2531-745e-8d88-c840467e0217';
  const objects = { total: 2_000, resources: ['runs/a', 'runs/b'] };
  const facts = { ...FACTS, objects, tokenId, sessionId: '0123456789abcdef' };
  await recordAuditEntry(fixture.db, facts);
  await recordAuditEntry(fixture.db, { ...FACTS, requestId: 'other' });
  const { entries, total } = await listAuditEntries(fixture.db, { ...PAGE, tokenId });
  expect(total).toBe(1);
  expect(entries).toMatchObject([facts]);
});
