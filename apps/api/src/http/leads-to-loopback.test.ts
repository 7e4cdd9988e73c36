import { expect, test } from '@jest/globals';
import { leadsToLoopback } from './leads-to-loopback.ts';

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
  '%s leads to this machine only',
  async (host) => {
    expect(await leadsToLoopback(host)).toBe(true);
  },
);

test.each([
  '',
  '0.0.0.0',
  '::',
  '192.168.1.5',
  '203.0.113.7',
  '::ffff:10.0.0.1',
  'no-such.invalid',
])('%j does not lead to this machine only', async (host) => {
  expect(await leadsToLoopback(host)).toBe(false);
});
