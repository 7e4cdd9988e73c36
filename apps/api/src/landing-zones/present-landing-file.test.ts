import { expect, test } from '@jest/globals';
import { presentDelivery, statedType, uploadOf } from './present-landing-file.ts';

const ZONE = { namespace: 'shop', zone: 'orders' };
const FILE = { name: 'a.CSV', bytes: 3, modified_at: '2026-02-12T14:00:00.000Z' };
const UPLOAD = {
  name: 'a.CSV',
  bytes: 3,
  modifiedAt: new Date(FILE.modified_at),
  contentType: 'text/x-orders',
  uploadedBy: 'ana',
  uploadedAt: new Date('2026-02-12T14:00:01.000Z'),
};

test('a file has the words of its upload', () => {
  expect(presentDelivery(ZONE, FILE, UPLOAD)).toEqual({
    id: expect.stringMatching(/^\*/),
    zone_id: 'shop.orders',
    filename: 'a.CSV',
    s3_path: 'shop/landing/orders/a.CSV',
    size_bytes: 3,
    content_type: 'text/x-orders',
    uploaded_by: 'ana',
    uploaded_at: '2026-02-12T14:00:01.000Z',
  });
});

test('a file that was delivered past the API has the type of its ending and its own time', () => {
  expect(presentDelivery(ZONE, FILE, undefined)).toMatchObject({
    content_type: 'text/csv',
    uploaded_by: null,
    uploaded_at: FILE.modified_at,
  });
  const unknown = presentDelivery(ZONE, { ...FILE, name: 'constructor' }, undefined);
  expect(unknown.content_type).toBe('application/octet-stream');
});

test('the upload of another file of the same name is not this file’s', () => {
  const file = { name: 'a.CSV', bytes: 3, modifiedAt: UPLOAD.modifiedAt };
  expect(uploadOf(file, [UPLOAD])).toBe(UPLOAD);
  expect(uploadOf({ ...file, bytes: 4 }, [UPLOAD])).toBeUndefined();
  expect(uploadOf({ ...file, modifiedAt: new Date(0) }, [UPLOAD])).toBeUndefined();
});

test.each([
  ['text/csv; charset=utf-8', 'text/csv'],
  ['Application/Vnd.Apache.Parquet', 'application/vnd.apache.parquet'],
  ['application/octet-stream', undefined],
  ['application/x-www-form-urlencoded', undefined],
  ['nonsense', undefined],
  [`text/${'a'.repeat(300)}`, undefined],
  [undefined, undefined],
])('a sender who states the type %s states %s', (header, type) => {
  expect(statedType(header)).toBe(type);
});
