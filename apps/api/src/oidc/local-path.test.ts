import { expect, test } from '@jest/globals';
import { toLocalPath } from './local-path.ts';

test.each([
  ['/board', '/board'],
  ['/docs?x=1', '/docs?x=1'],
  ['/docs#anchor', '/docs#anchor'],
  [`/console/query?sql=${'a'.repeat(3_000)}#L1`, '/console/query'],
  [`/${'a'.repeat(3_000)}`, '/board'],
  [undefined, '/board'],
  ['', '/board'],
  ['board', '/board'],
  ['https://evil.example/', '/board'],
  ['//evil.example/', '/board'],
  ['/\\evil.example/', '/board'],
  ['/\t/evil.example/', '/board'],
  ['/.//evil.example/', '/board'],
  ['/a/..//evil.example/', '/board'],
  ['javascript:alert(1)', '/board'],
  ['/sign-in/oidc', '/board'],
])('a sign-in that shall return to %j returns to %s', (text, expected) => {
  expect(toLocalPath(text)).toBe(expected);
});
