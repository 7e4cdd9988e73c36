import { expect, test } from '@jest/globals';
import { findPublicAddresses, isEveryAddress, isPublicAddress } from './public-address.ts';

test.each([
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['192.169.1.1', true],
  ['169.254.1.1', false],
  ['100.64.0.1', false],
  ['8.8.8.8', true],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:8.8.8.8', true],
  ['fe80::1%eth0', false],
  ['fd12:3456::1', false],
  ['2001:4860:4860::8888', true],
])('the address %s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

test('a host is one address, or all of them', async () => {
  expect(['0.0.0.0', '::', '[::]', ''].every(isEveryAddress)).toBe(true);
  expect(['127.0.0.1', 'localhost', '::1'].some(isEveryAddress)).toBe(false);
  expect(await findPublicAddresses('localhost')).toEqual([]);
  expect(await findPublicAddresses('8.8.8.8')).toEqual(['8.8.8.8']);
});
