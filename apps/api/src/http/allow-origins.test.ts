import { expect, test } from '@jest/globals';
import { isOriginList, toAllowedOrigins } from './allow-origins.ts';

test.each([
  ['', []],
  ['https://portal.example', ['https://portal.example']],
  ['http://127.0.0.1:3000/', ['http://127.0.0.1:3000']],
  [
    'https://Portal.example:443 , http://b.example:8080',
    ['https://portal.example', 'http://b.example:8080'],
  ],
])('the origins of %j are those that a browser sends', (text, origins) => {
  expect(isOriginList(text)).toBe(true);
  expect([...toAllowedOrigins(text)]).toEqual(origins);
});

test.each([
  '*',
  'portal.example',
  'https://*.example',
  'https://portal.example/path',
  'https://user@portal.example',
  'ftp://portal.example',
  'null',
])('%s is refused, because it is not one whole origin', (text) => {
  expect(isOriginList(text)).toBe(false);
});
