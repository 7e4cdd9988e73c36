import { describe, expect, test } from '@jest/globals';
import { findHostProblem, toAllowedHosts } from './known-host.ts';

const allowed = toAllowedHosts('0.0.0.0', 'runs.example, API:8080,');

describe('findHostProblem', () => {
  test.each([
    'localhost',
    'LOCALHOST:8080',
    'localhost.',
    'app.localhost:3000',
    '127.0.0.1',
    '127.0.0.1:8080',
    '10.1.2.3:80',
    '[::1]:8080',
    '[fe80::1%25eth0]:80',
    'runs.example',
    'Runs.Example:443',
    'runs.example.:443',
    'api',
  ])('%s is an allowed host', (host) => {
    expect(findHostProblem(host, allowed)).toBeUndefined();
  });

  test.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'notlocalhost',
    'evil.runs.example',
    '127.0.0.1.evil.example',
    '2130706433',
    '0x7f.1',
    '127.1',
  ])('%s is refused as an unknown host', (host) => {
    expect(findHostProblem(host, allowed)).toBe('foreign');
  });

  test.each([
    '',
    ' ',
    'a b',
    'evil@127.0.0.1',
    '127.0.0.1:80:80',
    '[::1',
    '::1',
    'a/b',
    '127.0.0.1:x',
  ])('%j is refused because it is not a host', (host) => {
    expect(findHostProblem(host, allowed)).toBe('malformed');
  });

  test('an allowed host of * accepts every name', () => {
    expect(findHostProblem('evil.example', toAllowedHosts('*'))).toBeUndefined();
    expect(findHostProblem('a b', toAllowedHosts('*'))).toBe('malformed');
  });
});
