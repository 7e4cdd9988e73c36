import { describe, expect, test } from '@jest/globals';
import { tableRefs } from './table-refs.ts';

describe('tableRefs', () => {
  test.each([
    [{ catalog: undefined, schema: 'Silver', table: 'Orders' }, 'default'],
    [{ catalog: 'Sales', schema: 'SILVER', table: 'ORDERS' }, 'sales'],
  ])('a name in any case is the table that the engine finds: %j', (name, namespace) => {
    expect(tableRefs([name], 'default')).toEqual([{ namespace, layer: 'silver', name: 'orders' }]);
  });

  test('one table under two spellings is one table', () => {
    const named = [
      { catalog: undefined, schema: 'silver', table: 'Orders' },
      { catalog: 'DEFAULT', schema: 'Silver', table: 'orders' },
    ];
    expect(tableRefs(named, 'default')).toHaveLength(1);
  });

  test('a letter beyond ASCII that resembles one is another letter, as it is to the engine', () => {
    const named = [{ catalog: undefined, schema: 'silver', table: '\u212aeys' }];
    expect(() => tableRefs(named, 'default')).toThrow('there is no table silver.\u212aeys');
  });
});
