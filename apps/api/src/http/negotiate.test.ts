import { describe, expect, test } from '@jest/globals';
import { preferredType, rulesOut } from './negotiate.ts';

const OFFERS = ['application/json', 'text/event-stream', 'application/x-ndjson', 'text/plain'];

describe('preferredType', () => {
  test.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/event-stream', 'text/event-stream'],
    ['TEXT/Event-Stream', 'text/event-stream'],
    ['text/event-stream;charset=utf-8', 'text/event-stream'],
    ['text/event-stream; charset="UTF-8"; q=0.9, application/json; q=0.1', 'text/event-stream'],
    ['text/event-stream; q=0.5, application/json; q=0.9', 'application/json'],
    ['text/event-stream, */*', 'text/event-stream'],
    ['application/json;q=0, */*', 'text/event-stream'],
    ['text/*', 'text/event-stream'],
    ['text/*;q=0.1, text/plain', 'text/plain'],
    ['text/plain;q=0, text/*', 'text/event-stream'],
    ['application/*', 'application/json'],
    ['application/json;version="1,2", text/plain;q=0.5', 'application/json'],
    ['garbage', undefined],
    ['*/*;q=0', undefined],
    ['text/html', undefined],
    ['text/plain;charset=latin1', undefined],
    ['application/json;q=0.001', 'application/json'],
    ['text/plain;q=2, application/json', 'application/json'],
  ])('the header Accept: %s selects %s', (accept, type) => {
    expect(preferredType(accept, OFFERS)).toBe(type);
  });
});

test.each([
  ['utf-8', false],
  ['UTF-8;q=0.5, iso-8859-1', false],
  ['iso-8859-1', true],
  ['iso-8859-1, *;q=0.1', false],
  ['utf-8;q=0, *', true],
  ['', false],
])('Accept-Charset: %s excludes UTF-8: %s', (header, out) => {
  expect(rulesOut(header, 'utf-8', 'unwanted')).toBe(out);
});

test.each([
  ['gzip, br', false],
  ['identity;q=0', true],
  ['gzip, *;q=0', true],
  ['gzip;q=1.0, identity; q=0.5, *;q=0', false],
])('Accept-Encoding: %s excludes an uncompressed response: %s', (header, out) => {
  expect(rulesOut(header, 'identity', 'wanted')).toBe(out);
});
