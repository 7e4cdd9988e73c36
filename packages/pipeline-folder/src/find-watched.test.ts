import { expect, test } from '@jest/globals';
import { findWatched } from './find-watched.ts';

const source = {
  ref: { namespace: 'default', layer: 'gold', name: 'report' } as const,
  automationYaml: `triggers:
  after: { kind: upstream, config: { pipelines: [silver.orders, other.gold.a] } }
  moved: { kind: table, config: { tables: [bronze.raw] } }
  zone: { kind: upload, config: { zone: inbox } }
`,
};

test.each<[string, string | undefined]>([
  ['automation_yaml.triggers.after.config.pipelines.0', 'default.silver.orders'],
  ['automation_yaml.triggers.after.config.pipelines.1', 'other.gold.a'],
  ['automation_yaml.triggers.moved.config.tables.0', 'default.bronze.raw'],
  ['automation_yaml.triggers.after.config.pipelines.2', undefined],
  ['automation_yaml.triggers.after.config.pipelines', undefined],
  ['automation_yaml.triggers.after.config.tables.0', undefined],
  ['automation_yaml.triggers.zone.config.zone', undefined],
  ['automation_yaml.triggers.none.config.pipelines.0', undefined],
  ['config.pipelines.0', undefined],
])('an issue at %s is about the watched %s', (path, watched) => {
  expect(findWatched(source, path)).toBe(watched);
  expect(findWatched({ ref: source.ref }, path)).toBeUndefined();
});
