import { expect, test } from '@jest/globals';
import { parsePipelineUrl } from './pipeline-url.ts';
import { parsePipelinesUrl } from './pipelines-url.ts';

test('the address of an editor keeps its file and its caret', () => {
  expect(
    parsePipelineUrl({ tab: 'code', file: 'pipeline.sql', line: '12', column: '3' }),
  ).toMatchObject({ tab: 'code', file: 'pipeline.sql', line: 12, column: 3 });
});

test('tabs, lines, layers and pages that do not exist are left out of an address', () => {
  const { tab, line, older } = parsePipelineUrl({ tab: 'nonsense', line: '-1', older: '1.5' });
  expect([tab, line, older]).toEqual([undefined, undefined, undefined]);
  const { layer, offset } = parsePipelinesUrl({ layer: 'brass', offset: '-200' });
  expect([layer, offset]).toEqual([undefined, undefined]);
});
