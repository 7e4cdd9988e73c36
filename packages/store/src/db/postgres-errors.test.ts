import { expect, test } from '@jest/globals';
import { isDatabaseDown } from './postgres-errors.ts';

test.each([
  ['a transaction that no connection was free for', { code: 'P2028' }],
  ['a transaction that took too long', { cause: { code: 'P2028' } }],
  ['a statement that took too long', { code: '57014' }],
  [
    'the same inside of Prisma',
    { meta: { driverAdapterError: { cause: { originalCode: '57014' } } } },
  ],
  ['a statement whose answer did not arrive', { message: 'Query read timeout' }],
  ['a refused connection', { code: 'ECONNREFUSED' }],
])('the same request may succeed later after %s', (_what, facts) => {
  expect(isDatabaseDown(Object.assign(new Error('x'), facts))).toBe(true);
});

test.each([
  ['a constraint', { code: '23505' }],
  ['a value that does not fit', { code: '22021' }],
  ['an error of ours', {}],
])('Postgres is not unavailable after %s', (_what, facts) => {
  expect(isDatabaseDown(Object.assign(new Error('x'), facts))).toBe(false);
});
