import { expect, test } from '@jest/globals';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a traceparent is read and written as the same place', () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true });
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, isSampled: true })).toBe(text);
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.isSampled).toBe(false);
});

test('a later version of the format with more fields is read', () => {
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-later`)?.traceId).toBe(TRACE);
});

test.each([
  undefined,
  '',
  'hello',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE}-${SPAN}`,
])('the malformed traceparent %s is ignored', (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
