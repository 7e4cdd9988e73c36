import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { INSTALLATION_METRICS } from './installation-metrics.ts';
import type { MetricSpec, MetricSpecs } from './metric-spec.ts';
import { API_METRICS, PROCESS_METRICS, RUNNER_METRICS } from './process-metrics.ts';

const ALL: MetricSpecs = {
  ...INSTALLATION_METRICS,
  ...PROCESS_METRICS,
  ...API_METRICS,
  ...RUNNER_METRICS,
};

function read(name: string): string {
  return readFileSync(new URL(`../../../docs/operations/${name}`, import.meta.url), 'utf8');
}

/** The names of metrics in PromQL: each word that begins like one. */
function namesIn(text: string): string[] {
  const words = text.match(/\b(?:rat|process|nodejs)_[a-z0-9_]+\b/g) ?? [];
  return [...new Set(words)];
}

/** `x_bucket` of a histogram `x` → `x`. */
function toMetric(series: string): string {
  const base = series.replace(/_(?:bucket|sum|count)$/, '');
  return ALL[base]?.type === 'histogram' ? base : series;
}

function row([name, { type, labels, help }]: [string, MetricSpec]): string {
  const names = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${names} | ${help} |`;
}

test('the documentation lists each metric as it is, and no other', () => {
  const rows = read('metrics.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(Object.entries(ALL).map(row));
});

test.each(['alerts.yaml', 'grafana-dashboard.json'])('%s names only metrics that exist', (name) => {
  const names = namesIn(read(name)).map(toMetric);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((metric) => ALL[metric] === undefined)).toEqual([]);
});

test('the dashboard is JSON with a query in each panel', () => {
  const { panels } = JSON.parse(read('grafana-dashboard.json')) as {
    panels: { type: string; title: string; targets?: { expr: string }[] }[];
  };
  const empty = panels.filter(
    ({ type, targets }) => type !== 'row' && !targets?.every(({ expr }) => expr !== ''),
  );
  expect(panels.length).toBeGreaterThan(20);
  expect(empty).toEqual([]);
});

test('names follow the conventions of Prometheus', () => {
  for (const [name, { type, buckets }] of Object.entries(ALL)) {
    expect({ name, total: name.endsWith('_total') }).toEqual({ name, total: type === 'counter' });
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
    expect(buckets ?? []).toEqual([...(buckets ?? [])].toSorted((a, b) => a - b));
  }
});

/** Labels whose values are a fixed list in code, and `pool`, of which a scrape shows 30 at most. */
const BOUNDED = [
  'code',
  'job',
  'layer',
  'node',
  'operation',
  'outcome',
  'phase',
  'pool',
  'reason',
  'service',
  'state',
  'status',
  'trigger',
  'version',
];

test('no metric has a label that can take any number of values', () => {
  const labels = new Set(Object.values(ALL).flatMap((spec) => spec.labels));
  expect([...labels].toSorted()).toEqual(BOUNDED);
});
