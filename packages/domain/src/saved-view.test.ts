import { expect, test } from '@jest/globals';
import { mayChangeView, ownsView, type ViewRights, type ViewUser } from './saved-view.ts';

const ANA: ViewUser = { name: 'ana', role: 'viewer', namespaces: undefined };
const BOB: ViewUser = { name: 'bob', role: 'author', namespaces: undefined };
const ROOT: ViewUser = { name: 'root', role: 'admin', namespaces: undefined };
const HEAD: ViewUser = { name: 'head', role: 'admin', namespaces: ['sales', 'shop'] };
const NOBODY: ViewUser = { name: undefined, role: 'admin', namespaces: undefined };

const OWN: ViewRights = { owner: 'ana', shared: false, namespaces: undefined };
const SHARED: ViewRights = { ...OWN, shared: true };

test.each<[string, ViewUser, ViewRights, boolean]>([
  ['the owner changes the own view', ANA, OWN, true],
  ['the owner changes the own shared view', ANA, SHARED, true],
  ['another person changes no shared view', BOB, SHARED, false],
  ['an admin changes no private view of another person', ROOT, OWN, false],
  ['an admin changes a shared view', ROOT, SHARED, true],
  ['an admin of some namespaces changes no view that everybody sees', HEAD, SHARED, false],
  ['an admin of its namespaces changes a view', HEAD, { ...SHARED, namespaces: ['sales'] }, true],
  [
    'an admin of other namespaces changes no view',
    HEAD,
    { ...SHARED, namespaces: ['sales', 'hr'] },
    false,
  ],
  ['a view without an owner is changed by an admin', ROOT, { ...OWN, owner: undefined }, true],
  [
    'an admin of some namespaces changes no view without an owner',
    HEAD,
    { ...OWN, owner: undefined },
    false,
  ],
  [
    'who names nobody while sign-in is off changes a view without an owner',
    NOBODY,
    { ...OWN, owner: undefined },
    true,
  ],
])('%s', (_, user, view, expected) => {
  expect(mayChangeView(user, view)).toBe(expected);
});

test('a view belongs to the name that saved it, and one without a name to every admin of all namespaces', () => {
  expect([ANA, BOB, ROOT, HEAD, NOBODY].map((user) => ownsView(user, OWN))).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  const unnamed = { owner: undefined };
  expect([ANA, BOB, ROOT, HEAD, NOBODY].map((user) => ownsView(user, unnamed))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ]);
});
