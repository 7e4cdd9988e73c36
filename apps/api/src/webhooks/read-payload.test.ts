import { describe, expect, test } from '@jest/globals';
import { UnprocessableError, type ParamType } from '@rat/domain';
import { readPayload, type Payload, type PayloadRule } from './read-payload.ts';

const NOTHING: PayloadRule = { delivery_id: null, params: {} };

function read(
  rule: Partial<PayloadRule>,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Payload {
  const header = (name: string): string | undefined => headers[name];
  return readPayload({ ...NOTHING, ...rule }, { header, body: Buffer.from(body) }, {});
}

const param = (type: ParamType): Pick<PayloadRule, 'params'> => ({
  params: { x: { pointer: '/a/0', type } },
});

describe('the id of a delivery', () => {
  test('is that of the first known header, or of the pointer, which wins', () => {
    const all = { 'webhook-id': 'w', 'x-github-delivery': 'g', 'idempotency-key': 'k' };
    expect(read({}, '', all).deliveryId).toBe('w');
    expect(read({}, '', { ...all, 'webhook-id': '' }).deliveryId).toBe('g');
    expect(read({}, '', { 'idempotency-key': 'k' }).deliveryId).toBe('k');
    expect(read({ delivery_id: '/id' }, '{"id": 17}', all).deliveryId).toBe('17');
    expect(read({ delivery_id: '/id' }, '{"id": null}', all).deliveryId).toBe('w');
    expect(read({}, 'not json').deliveryId).toBeUndefined();
  });

  test('that is very long is stored as its hash, and stays the same', () => {
    const headers = { 'webhook-id': 'x'.repeat(5_000) };
    const { deliveryId } = read({}, '', headers);
    expect(deliveryId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(read({}, '', headers).deliveryId).toBe(deliveryId);
  });
});

describe('the parameters of a delivery', () => {
  test.each<[ParamType, unknown]>([
    ['date', '2026-11-28'],
    ['timestamp', '2026-11-28T10:00:00Z'],
    ['integer', 7],
    ['number', 7.5],
    ['boolean', false],
    ['string', "'; DROP TABLE t; --"],
  ])('of the type %s are taken as they are: %j', (type, value) => {
    expect(read(param(type), JSON.stringify({ a: [value] })).params).toEqual({ x: value });
  });

  test.each<[ParamType, string, string]>([
    ['date', '{"a": ["2026-02-30"]}', '/a/0 must be a date'],
    ['integer', '{"a": ["7"]}', '/a/0 must be a whole number'],
    ['integer', '{"a": [1e300]}', '/a/0 must be a whole number'],
    ['boolean', '{"a": ["true"]}', '/a/0 must be true or false'],
    ['string', '{"a": [null]}', '/a/0 must be a string, not null'],
    ['string', '{"a": [{}]}', '/a/0 must be a string, not a list or an object'],
    ['string', '{"b": 1}', '/a/0 is missing'],
    ['string', '', 'the body must be JSON'],
    ['string', 'a=1', 'the body must be JSON'],
    ['string', '{"a": ["x"], "a": ["y"]}', 'the body must be JSON'],
  ])('of the type %s are refused in %s: %s', (type, body, message) => {
    expect(() => read(param(type), body)).toThrow(UnprocessableError);
    expect(() => read(param(type), body)).toThrow(message);
  });
});

test('at most 64 KiB of a body are kept, without secrets and half characters', () => {
  const { excerpt } = read({}, `{"password": "hunter22"}${'ü'.repeat(40_000)}`);
  expect(excerpt).toContain('"password": "***"');
  expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(65_536);
  expect(excerpt.endsWith('ü')).toBe(true);
  expect(read({}, Buffer.of(0x61, 0, 0xff)).excerpt).toBe('a\ufffd\ufffd');
});
