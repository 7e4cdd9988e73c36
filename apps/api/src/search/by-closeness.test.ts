import { expect, test } from '@jest/globals';
import type { SearchAnswer } from '@rat/contracts';
import { byCloseness } from './by-closeness.ts';

test('the closest match is first, whatever kind it is, and equals keep their order', () => {
  const table = { namespace: 'default', layer: 'gold', name: 'sales' } as const;
  const results: SearchAnswer['results'] = [
    { kind: 'pipeline', ...table, name: 'id_map' },
    { kind: 'pipeline', ...table, name: 'paid' },
    { kind: 'pipeline', ...table, name: 'described' },
    { kind: 'column', ...table, column: 'ID' },
    { kind: 'column', ...table, column: 'identity' },
    { kind: 'landing_file', namespace: 'default', zone: 'ids', name: 'a.csv' },
    {
      kind: 'run',
      ...table,
      id: '00000000-0000-4000-8000-000000000000',
      status: 'success',
      disposition: null,
      created_at: '2026-01-01T00:00:00.000Z',
    },
  ];
  const order = [6, 3, 0, 4, 1, 5, 2].map((index) => results[index]);
  expect(byCloseness(results, 'id')).toEqual(order);
});
