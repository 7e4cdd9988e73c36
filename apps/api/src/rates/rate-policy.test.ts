import { describe, expect, test } from '@jest/globals';
import { chooseRate, toAddressKey, toRateHeaders, toSeconds } from './rate-policy.ts';

describe('the limits of requests', () => {
  test.each([
    [{}, false, undefined],
    [{}, true, 6_000],
    [{ requests: 50 }, false, 50],
    [{ requests: 50 }, true, 50],
    [{ requests: 0 }, true, undefined],
    [{ runs: 7 }, false, undefined],
  ])('with the settings %j and sign-in %s the limit of requests is %s', (settings, isOn, limit) => {
    expect(chooseRate('requests', settings, isOn)).toBe(limit);
  });

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('the address %s is counted as %s', (ip, key) => {
    expect(toAddressKey(ip)).toBe(key);
  });

  test('the headers name each limit with what is left of it and when it is whole again', () => {
    const requests = { name: 'requests' as const, limit: 100, remaining: 99, resetMs: 59_001 };
    const runs = { name: 'runs' as const, limit: 10, remaining: 0, resetMs: 1, isOver: true };
    expect(toRateHeaders([{ ...requests, isOver: false }, runs])).toEqual({
      'RateLimit-Policy': '"requests";q=100;w=60, "runs";q=10;w=60',
      RateLimit: '"requests";r=99;t=60, "runs";r=0;t=1',
    });
    expect(toRateHeaders([])).toEqual({});
    expect(toSeconds({ resetMs: 0 })).toBe(1);
  });
});
