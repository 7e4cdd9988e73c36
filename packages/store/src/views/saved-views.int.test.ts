import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConflictError, ForbiddenError, NotFoundError, type ViewUser } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { getSavedView, listSavedViews, type SavedView } from './saved-views.ts';
import { changeSavedView, createSavedView, deleteSavedView } from './write-saved-view.ts';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

const ANA: ViewUser = { name: 'ana', role: 'operator', namespaces: ['sales'] };
const BOB: ViewUser = { name: 'bob', role: 'operator', namespaces: ['sales', 'hr'] };
const EVE: ViewUser = { name: 'eve', role: 'operator', namespaces: ['hr'] };
const ROOT: ViewUser = { name: 'root', role: 'admin', namespaces: undefined };
const HEAD: ViewUser = { name: 'head', role: 'admin', namespaces: ['sales'] };
const UNNAMED: ViewUser = { name: undefined, role: 'admin', namespaces: undefined };

const FAILED = { screen: 'runs', query: { status: 'failed' } } as const;

async function save(
  user: ViewUser,
  name: string,
  more: { shared?: boolean; query?: Record<string, string> } = {},
): Promise<SavedView> {
  const view = { ...FAILED, name, shared: false, ...more };
  const { made } = await createSavedView(fixture.db, user, view);
  return getSavedView(fixture.db, user, made.id);
}

async function namesFor(user: ViewUser): Promise<string[]> {
  const page = { screen: 'runs', limit: 100, offset: 0 } as const;
  const { views, total } = await listSavedViews(fixture.db, user, page);
  expect(total).toBe(views.length);
  return views.map(({ name }) => name);
}

test('a private view is seen by its owner alone, a shared one by those who see all its namespaces', async () => {
  await save(ANA, 'private');
  await save(ANA, 'of sales', { shared: true });
  await save(BOB, 'of both', { shared: true });
  await save(BOB, 'of hr', { shared: true, query: { ns: 'hr' } });
  await save(ROOT, 'of all', { shared: true });
  expect(await namesFor(ANA)).toEqual(['of all', 'of sales', 'private']);
  expect(await namesFor(BOB)).toEqual(['of all', 'of both', 'of hr', 'of sales']);
  expect(await namesFor(EVE)).toEqual(['of all', 'of hr']);
  expect(await namesFor(ROOT)).toEqual(['of all', 'of both', 'of hr', 'of sales']);
});

test('a view without an owner is kept for the admins once sign-in is on', async () => {
  const { id } = await save(UNNAMED, 'before');
  expect(await namesFor(UNNAMED)).toEqual(['before']);
  expect(await namesFor(ROOT)).toEqual(['before']);
  expect(await namesFor(HEAD)).toEqual([]);
  expect(await namesFor(ANA)).toEqual([]);
  await deleteSavedView(fixture.db, ROOT, id);
  expect(await namesFor(UNNAMED)).toEqual([]);
});

test('an owner has one view of a name, and of requests at once one makes it', async () => {
  const ends = await Promise.allSettled([save(ANA, 'nightly'), save(ANA, 'nightly')]);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(save(ANA, 'nightly')).rejects.toThrow('a view of the name nightly exists already');
  await save(BOB, 'nightly');
  await save(UNNAMED, 'nightly');
  await expect(save(UNNAMED, 'nightly')).rejects.toThrow(ConflictError);
  const { id } = await save(ANA, 'daily');
  await expect(changeSavedView(fixture.db, ANA, id, { name: 'nightly' })).rejects.toThrow(
    ConflictError,
  );
  expect(await namesFor(ANA)).toEqual(['daily', 'nightly']);
});

test('an owner has at most 100 views, also when many are saved at once', async () => {
  for (let n = 0; n < 98; n += 1) await save(ANA, `view ${n}`);
  const ends = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => save(ANA, name)));
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  await expect(save(ANA, 'one more')).rejects.toThrow('at most 100 views');
  await save(BOB, 'of another owner');
});

test('a change keeps what it does not name', async () => {
  const { id } = await save(ANA, 'failed', { query: { ns: 'sales', status: 'failed' } });
  const renamed = await changeSavedView(fixture.db, ANA, id, { name: 'red' });
  expect(renamed).toMatchObject({ name: 'red', shared: false });
  expect(renamed.query).toEqual({ ns: 'sales', status: 'failed' });
  await changeSavedView(fixture.db, ANA, id, { shared: true, query: { q: 'x' } });
  expect(await getSavedView(fixture.db, ANA, id)).toMatchObject({
    name: 'red',
    shared: true,
    query: { q: 'x' },
    namespaces: ['sales'],
  });
});

test('another person changes no view, and an admin a shared one, which it shows to no further person', async () => {
  const { id } = await save(ANA, 'failed', { shared: true });
  const { id: hidden } = await save(ANA, 'private');
  await expect(changeSavedView(fixture.db, BOB, id, { name: 'x' })).rejects.toThrow(ForbiddenError);
  await expect(deleteSavedView(fixture.db, BOB, id)).rejects.toThrow(ForbiddenError);
  for (const user of [BOB, ROOT])
    await expect(deleteSavedView(fixture.db, user, hidden)).rejects.toThrow(NotFoundError);
  await expect(deleteSavedView(fixture.db, EVE, id)).rejects.toThrow(NotFoundError);
  await changeSavedView(fixture.db, ROOT, id, { name: 'red' });
  const elsewhere = changeSavedView(fixture.db, ROOT, id, { query: { ns: 'hr' } });
  await expect(elsewhere).rejects.toThrow('only its owner shows a view to the people of another');
  expect(await namesFor(EVE)).toEqual([]);
  const taken = await changeSavedView(fixture.db, HEAD, id, { shared: false });
  expect(taken).toMatchObject({ name: 'red', owner: 'ana', shared: false });
  expect(await namesFor(BOB)).toEqual([]);
  expect(await namesFor(ANA)).toEqual(['private', 'red']);
});

test('a viewer saves views and shares none, also not one that was shared before', async () => {
  const { id } = await save(ANA, 'shared', { shared: true });
  const viewer: ViewUser = { ...ANA, role: 'viewer' };
  await expect(save(viewer, 'mine', { shared: true })).rejects.toThrow(
    'sharing a view needs the role operator; ana has the role viewer',
  );
  await save(viewer, 'mine');
  await expect(changeSavedView(fixture.db, viewer, id, { name: 'x' })).rejects.toThrow(
    ForbiddenError,
  );
  await changeSavedView(fixture.db, viewer, id, { shared: false });
  await deleteSavedView(fixture.db, viewer, id);
  expect(await namesFor(viewer)).toEqual(['mine']);
});
