import { expect, test } from '@jest/globals';
import { inspect } from './define-pipeline.ts';
import { listInputs } from './list-inputs.ts';

const ref = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;

test('the inputs are the tables, zones and tables of tests of every kind of run, each once', () => {
  const inspected = inspect({
    ref,
    sql: `SELECT * FROM {{ ref('bronze.orders') }} JOIN other.gold.rates USING (day)
      {% if is_incremental() %} JOIN {{ ref('bronze.late') }} USING (id) {% endif %}
      WHERE id NOT IN (SELECT id FROM read_csv({{ landing_zone('drops') }}))`,
    config: {
      tests: [{ relationships: { column: 'id', to: 'bronze.customers', field: 'id' } }],
    },
    qualityTests: [
      {
        name: 'known',
        sql: "SELECT * FROM {{ this }} WHERE id NOT IN (SELECT id FROM {{ ref('gold.known') }})",
      },
      { name: 'again', sql: "SELECT * FROM {{ ref('gold.known') }}" },
    ],
  });
  expect(inspected.issues).toEqual([]);
  expect(listInputs(ref, inspected)).toEqual([
    { kind: 'ref', target: 'shop.bronze.orders' },
    { kind: 'ref', target: 'other.gold.rates' },
    { kind: 'ref', target: 'shop.bronze.late' },
    { kind: 'landing', target: 'shop/drops' },
    { kind: 'test', target: 'shop.gold.known' },
    { kind: 'test', target: 'shop.bronze.customers' },
  ]);
});

test('a pipeline that reads its own table has no input by that', () => {
  const inspected = inspect({ ref, sql: "SELECT * FROM {{ this }}, {{ ref('silver.orders') }}" });
  expect(listInputs(ref, inspected)).toEqual([]);
});
