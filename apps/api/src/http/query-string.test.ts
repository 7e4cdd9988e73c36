import { describe, expect, test } from '@jest/globals';
import { parseQueryString } from './query-string.ts';

describe('parseQueryString', () => {
  test.each([
    ['/x', {}],
    ['/x?', {}],
    ['/x?&&', {}],
    ['/x?a=1&b', { a: '1', b: '' }],
    ['/x?a=1+2%2B3&b=c=d', { a: '1 2+3', b: 'c=d' }],
    ['/x?n=Z%C3%BCrich&a%5B%5D=1', { n: 'Zürich', 'a[]': '1' }],
    ['/x?a=1#?b=2', { a: '1' }],
  ])('the query of %s is parsed', (target, parameters) => {
    expect(parseQueryString(target)).toEqual(parameters);
  });

  test('the values of a list that is given several times are joined by commas', () => {
    expect(parseQueryString('/x?status=a&n=1&st%61tus=b,c', ['status'])).toEqual({
      status: 'a,b,c',
      n: '1',
    });
  });

  test.each([
    ['/x?limit=1&limit=2', 'limit: must be given once'],
    ['/x?limit=1&l%69mit=1', 'limit: must be given once'],
    ['/x?q=Z%FCrich', 'q: must be UTF-8: byte 2 (0xFC) is part of no character'],
    ['/x?q=%C3', 'q: must be UTF-8: byte 1 (0xC3) is part of no character'],
    ['/x?q=Z\u00fcrich', 'q: must be UTF-8: byte 2 (0xFC) is part of no character'],
    ['/x?%FF=1', 'the name of a parameter must be UTF-8: byte 1 (0xFF) is part of no character'],
    [
      '/x?q=50%',
      'q: must have two hexadecimal digits after the % at character 3; a % itself is %25',
    ],
    [
      '/x?q=%zz',
      'q: must have two hexadecimal digits after the % at character 1; a % itself is %25',
    ],
  ])('the query of %s is refused with a reason', (target, message) => {
    expect(() => parseQueryString(target)).toThrow(message);
  });
});
