import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConflictError, InputError, NotFoundError } from '@rat/domain';
import { openStoreFixture } from '@rat/testing';
import {
  changeLandingZone,
  createLandingZone,
  deleteLandingZone,
  findLandingZone,
  listZoneNames,
} from './landing-zones.ts';

let fixture: Awaited<ReturnType<typeof openStoreFixture>>;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

const KEY = { namespace: 'default', name: 'orders' };
const COLUMNS = [{ name: 'id', type: 'BIGINT' }];

test('a zone has its settings once, also when two requests create it at the same time', async () => {
  const create = (owner: string) => createLandingZone(fixture.db, KEY, { owner });
  const answers = await Promise.allSettled([create('ana'), create('bo'), create('cy')]);
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const answer of answers) {
    if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(ConflictError);
  }
  expect(await listZoneNames(fixture.db)).toEqual(new Map([['default', ['orders']]]));
});

test('a zone of an unknown namespace is not created', async () => {
  const key = { namespace: 'nowhere', name: 'orders' };
  await expect(createLandingZone(fixture.db, key, {})).rejects.toThrow(NotFoundError);
});

test('a change keeps the settings that it does not name, and null takes one away', async () => {
  await createLandingZone(fixture.db, KEY, { owner: 'ana', expectedColumns: COLUMNS });
  const missing = { createsMissing: false };
  const described = { description: 'Orders', onEmpty: 'empty' } as const;
  await changeLandingZone(fixture.db, KEY, described, missing);
  const changed = await changeLandingZone(fixture.db, KEY, { owner: null }, missing);
  expect(changed).toMatchObject({
    description: 'Orders',
    owner: undefined,
    expectedColumns: COLUMNS,
    onEmpty: 'empty',
  });
  expect(await findLandingZone(fixture.db, KEY)).toEqual(changed);
});

test('two changes of one zone at the same time both stay', async () => {
  await createLandingZone(fixture.db, KEY, {});
  await Promise.all([
    changeLandingZone(fixture.db, KEY, { owner: 'ana' }, { createsMissing: false }),
    changeLandingZone(fixture.db, KEY, { processedRetentionDays: 7 }, { createsMissing: false }),
  ]);
  expect(await findLandingZone(fixture.db, KEY)).toMatchObject({
    owner: 'ana',
    processedRetentionDays: 7,
  });
});

test('an empty zone has no rows of unknown columns: the two settings are refused together', async () => {
  const refused = createLandingZone(fixture.db, KEY, { onEmpty: 'empty' });
  await expect(refused).rejects.toThrow(InputError);
  await createLandingZone(fixture.db, KEY, { onEmpty: 'empty', expectedColumns: COLUMNS });
  const change = { expectedColumns: null };
  const later = changeLandingZone(fixture.db, KEY, change, { createsMissing: true });
  await expect(later).rejects.toThrow('on_empty: must not be empty without expected_columns');
  expect(await findLandingZone(fixture.db, KEY)).toMatchObject({ expectedColumns: COLUMNS });
});

test('a zone that is only a folder gets settings by its first change', async () => {
  const change = { owner: 'ana' };
  const absent = await changeLandingZone(fixture.db, KEY, change, { createsMissing: false });
  expect(absent).toBeUndefined();
  const created = await changeLandingZone(fixture.db, KEY, change, { createsMissing: true });
  expect(created).toMatchObject({ ...KEY, owner: 'ana' });
  expect(await deleteLandingZone(fixture.db, KEY)).toBe(true);
  expect(await deleteLandingZone(fixture.db, KEY)).toBe(false);
});
