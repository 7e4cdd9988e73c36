import { expect, test } from '@jest/globals';
import { auditedResource } from './audited-resource.ts';

const ID = '01a222f5-2531-745e-8d88-c840467e0217';
const ZONE = { namespace: 'shop', zone: 'in' };

test.each<[string, Record<string, string>, string | undefined, string]>([
  ['/api/v1/runs/{id}/cancel', { id: ID }, undefined, `runs/${ID}`],
  ['/api/v1/runs', {}, `/api/v1/runs/${ID}`, `runs/${ID}`],
  ['/api/v1/runs', {}, undefined, 'runs'],
  ['/api/v1/runs/cancel', {}, undefined, 'runs/cancel'],
  // The run that is run again, and not the new one.
  ['/api/v1/runs/{id}/rerun', { id: ID }, '/api/v1/runs/other', `runs/${ID}`],
  [
    '/api/v1/pipelines/{namespace}/{layer}/{name}/versions/{version}/restore',
    { namespace: 'shop', layer: 'gold', name: 'sales', version: '3' },
    undefined,
    'pipelines/shop/gold/sales/versions/3',
  ],
  [
    '/api/v1/landing-zones/{namespace}/{zone}/files',
    ZONE,
    '/api/v1/landing-zones/shop/in/files/a%20b.csv',
    'landing-zones/shop/in/files/a b.csv',
  ],
  ['/api/v1/landing-zones/{namespace}/{zone}/files', ZONE, undefined, 'landing-zones/shop/in'],
  ['/api/v1/namespaces', {}, '/api/v1/namespaces/%', 'namespaces/%'],
])('a request of %s with %j is about the right thing', (path, params, location, expected) => {
  expect(auditedResource(path, params, location)).toBe(expected);
});
