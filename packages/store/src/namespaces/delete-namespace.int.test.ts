import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError, type PipelineRef } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  changeLandingZone,
  changeTableDocs,
  createLandingZone,
  createNamespace,
  createToken,
  deleteLandingZone,
  deleteNamespace,
  dropTable,
  findTableDocs,
  findTableProfile,
  findUploadReplay,
  getQuotaUses,
  keepUpload,
  listZoneNames,
  moveTable,
  recordLandingUpload,
  reserveUpload,
  revokeToken,
  saveTableProfile,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConflictError);
  return (error as ConflictError).message;
}

test('a namespace with a landing zone is not deleted, be the zone settings, a folder or both', async () => {
  await createNamespace(fixture.db, 'zoned', {});
  for (const name of ['both', 'settings']) {
    await createLandingZone(fixture.db, { namespace: 'zoned', name }, { owner: 'ada' });
  }
  const folders = [
    { name: 'both', files: 1 },
    { name: 'folder', files: 0 },
  ];
  expect(await refusal(deleteNamespace(fixture.db, 'zoned', folders))).toBe(
    'namespace zoned is not empty: it has 3 landing zones: both, folder, settings; 1 waiting file in 1 landing zone: both',
  );
  for (const name of ['both', 'settings']) {
    await deleteLandingZone(fixture.db, { namespace: 'zoned', name });
  }
  await deleteNamespace(fixture.db, 'zoned', []);
});

test('the zones of a deleted namespace are listed nowhere, and none is made in it', async () => {
  await createNamespace(fixture.db, 'closed', {});
  expect((await listZoneNames(fixture.db)).has('closed')).toBe(true);
  await deleteNamespace(fixture.db, 'closed', []);
  const key = { namespace: 'closed', name: 'inbox' };
  await expect(createLandingZone(fixture.db, key, {})).rejects.toBeInstanceOf(NotFoundError);
  const change = changeLandingZone(fixture.db, key, { owner: 'ada' }, { createsMissing: true });
  await expect(change).rejects.toBeInstanceOf(NotFoundError);
  // As an older version left it behind.
  await fixture.db.pool.query(`INSERT INTO landing_zones (namespace, name) VALUES ('closed', 'x')`);
  expect((await listZoneNames(fixture.db)).has('closed')).toBe(false);
  expect((await listZoneNames(fixture.db, 'closed')).size).toBe(0);
});

test('a zone that is made beside the delete of its namespace never ends up in a deleted namespace', async () => {
  const outcomes = new Set<string>();
  for (let round = 0; round < 40; round += 1) {
    const namespace = `zone-race-${round}`;
    await createNamespace(fixture.db, namespace, {});
    const make = () => createLandingZone(fixture.db, { namespace, name: 'inbox' }, {});
    const remove = () => deleteNamespace(fixture.db, namespace, []);
    const works: Promise<unknown>[] = round % 2 === 0 ? [make(), remove()] : [remove(), make()];
    const ended = await Promise.allSettled(works);
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const { rows } = await fixture.db.pool.query(
      `SELECT n.deleted_at IS NOT NULL AS deleted, count(z.name) AS zones
       FROM namespaces n LEFT JOIN landing_zones z ON z.namespace = n.name
       WHERE n.name = $1 GROUP BY n.deleted_at`,
      [namespace],
    );
    expect([
      { deleted: true, zones: 0 },
      { deleted: false, zones: 1 },
    ]).toContainEqual(rows[0]);
    outcomes.add(JSON.stringify(rows[0]));
  }
  // Both orders were played.
  expect(outcomes.size).toBe(2);
});

test('a namespace that is made again has no words about tables, no profiles, uploads or use of quotas of before', async () => {
  const table: PipelineRef = { namespace: 'again', layer: 'silver', name: 'orders' };
  await createNamespace(fixture.db, 'again', { quotas: { upload_bytes: 100 } });
  await moveTable(fixture.db, { table, expected: undefined, next: '/m.json' });
  await changeTableDocs(fixture.db, table, { owner: 'ada', description: 'secret' }, { by: 'ada' });
  await saveTableProfile(fixture.db, table, '1', { rows: 1 });
  await recordLandingUpload(
    fixture.db,
    { namespace: 'again', zone: 'inbox' },
    {
      name: 'a.csv',
      bytes: 3,
      modifiedAt: new Date('2026-01-01T00:00:00Z'),
      contentType: undefined,
      uploadedBy: 'ada',
    },
  );
  const key = { key: 'k', request: { operation: 'upload' }, keepMs: 60_000 };
  const kept = { namespace: 'again', bytes: 3, modifiedAt: new Date(), sha256: 'ab' };
  await keepUpload(fixture.db, key, kept);
  await reserveUpload(fixture.db, 'again', 90);
  await dropTable(fixture.db, table, { force: true, keepMs: 60_000 });
  await deleteNamespace(fixture.db, 'again', []);

  await createNamespace(fixture.db, 'again', { quotas: { upload_bytes: 100 } });
  expect(await findTableDocs(fixture.db, [table])).toEqual(new Map());
  expect(await findTableProfile(fixture.db, table, '1')).toBeUndefined();
  expect(await getQuotaUses(fixture.db, 'again')).toMatchObject({ upload_bytes: 0 });
  const left = await fixture.db.pool.query(
    `SELECT 1 FROM landing_uploads WHERE namespace = 'again'`,
  );
  expect(left.rowCount).toBe(0);
  expect(await findUploadReplay(fixture.db, key)).toBeUndefined();
});

test('a namespace is not deleted while a valid token is limited to it, so its next owner inherits no access', async () => {
  await createNamespace(fixture.db, 'held', {});
  const token = (name: string, namespaces: string[] | undefined, expiresAt?: Date) =>
    createToken(
      fixture.db,
      {
        name,
        hash: createHash('sha256').update(name).digest(),
        role: 'author',
        namespaces,
        expiresAt,
        createdBy: 'admin',
      },
      { hasAdminToken: true },
    );
  const ci = await token('ci', ['default', 'held']);
  await token('everywhere', undefined);
  await token('elsewhere', ['default']);
  await token('over', ['held'], new Date('2026-01-01T00:00:00Z'));
  expect(await refusal(deleteNamespace(fixture.db, 'held', []))).toBe(
    'namespace held is not empty: it has 1 token that is limited to it: ci',
  );
  await revokeToken(fixture.db, ci.id, { hasAdminToken: true });
  await deleteNamespace(fixture.db, 'held', []);
});
