import { expect, test } from '@jest/globals';
import { parseGroupRoles, roleOfGroups, toOidcSettings } from './oidc-settings.ts';

const ROLES = parseGroupRoles(
  'platform=admin, staff=viewer, sales=operator:sales, eu=operator:sales+sales_eu, cn=a=viewer:hr',
);

test.each([
  [['staff'], { role: 'viewer', namespaces: undefined }],
  [['sales'], { role: 'operator', namespaces: ['sales'] }],
  [['sales', 'eu'], { role: 'operator', namespaces: ['sales', 'sales_eu'] }],
  // The highest role counts, with its own limit.
  [['staff', 'sales'], { role: 'operator', namespaces: ['sales'] }],
  [['staff', 'cn=a'], { role: 'viewer', namespaces: undefined }],
  [['platform', 'sales'], { role: 'admin', namespaces: undefined }],
  [['Platform'], undefined],
  [[], undefined],
])('the groups %j give %j', (groups, expected) => {
  expect(roleOfGroups(groups, ROLES)).toEqual(expected);
});

test('an author and an admin can be limited to namespaces', () => {
  expect(parseGroupRoles('data=author:sales, heads=admin:sales+hr')).toEqual([
    { group: 'data', role: 'author', namespaces: ['sales'] },
    { group: 'heads', role: 'admin', namespaces: ['sales', 'hr'] },
  ]);
});

test.each([
  ['staff', 'must be group=role'],
  ['staff=owner', 'must be group=role'],
  ['staff=viewer:', 'must be group=role'],
  ['staff=viewer:Sales', 'names no namespaces'],
])('the mapping %s is refused, and its message says what would be right', (text, message) => {
  expect(() => parseGroupRoles(text)).toThrow(message);
});

test('an issuer without a client is refused, and without an issuer nothing is configured', () => {
  const env = { RAT_OIDC_SCOPES: 'openid', RAT_OIDC_GROUPS_CLAIM: 'groups' };
  const toError = (message: string): Error => new Error(message);
  expect(toOidcSettings(env, toError)).toBeUndefined();
  const half = { ...env, RAT_OIDC_ISSUER: 'https://id.example' };
  expect(() => toOidcSettings(half, toError)).toThrow('RAT_OIDC_CLIENT_ID');
});
