import { expect, test } from '@jest/globals';
import { LoginCookies } from './login-cookie.ts';

const LOGIN = { state: 's', nonce: 'n', verifier: 'v', returnTo: '/board', expiresAt: 2_000 };
const CLIENT = { clientId: 'rat', clientSecret: 'a secret of the client' };

test('a sealed sign-in is opened by every replica until its time is over, and shows nothing', () => {
  const sealed = new LoginCookies(CLIENT).seal(LOGIN);
  expect(new LoginCookies(CLIENT).open(sealed, 1_999)).toEqual(LOGIN);
  expect(new LoginCookies(CLIENT).open(sealed, 2_000)).toBeUndefined();
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('board');
});

test('a cookie that was changed, or sealed with another key, opens to nothing', () => {
  const cookies = new LoginCookies(CLIENT);
  const sealed = Buffer.from(cookies.seal(LOGIN), 'base64url');
  for (const at of [0, 12, 28, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(cookies.open(changed.toString('base64url'), 0)).toBeUndefined();
  }
  const foreign = new LoginCookies({ ...CLIENT, clientSecret: 'another' }).seal(LOGIN);
  for (const text of [foreign, '', 'x', 'a'.repeat(5_000)]) {
    expect(cookies.open(text, 0)).toBeUndefined();
  }
});
