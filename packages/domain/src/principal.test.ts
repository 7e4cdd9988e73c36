import { expect, test } from '@jest/globals';
import { includesRole, ROLES } from './principal.ts';

test.each(ROLES.flatMap((role, at) => ROLES.map((needed, least) => ({ role, needed, at, least }))))(
  'a $role may do what a $needed may exactly when it is not below it',
  ({ role, needed, at, least }) => {
    expect(includesRole(role, needed)).toBe(at >= least);
  },
);
