import { describe, expect, test } from '@jest/globals';
import { findPipelineName, parsePipelineName } from './names.ts';

describe('the name of a pipeline', () => {
  test.each([
    ['gold.daily', 'sales', 'gold', 'daily'],
    ['ops.gold.daily', 'ops', 'gold', 'daily'],
    ['ops/silver/daily', 'ops', 'silver', 'daily'],
  ])('%s has its namespace, or the default one', (text, namespace, layer, name) => {
    expect(findPipelineName(text, 'sales')).toEqual({ namespace, layer, name });
  });

  test.each(['daily', 'iron.daily', 'a.gold.b.c', 'gold.', '', 'Gold.Daily'])(
    '%j is no name of a pipeline',
    (text) => {
      expect(findPipelineName(text, 'default')).toBeUndefined();
      expect(() => parsePipelineName(text, 'default')).toThrow('write layer.name');
    },
  );
});
