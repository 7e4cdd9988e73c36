import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CHART = join(ROOT, 'docs/operations/chart');
const templates = readdirSync(join(CHART, 'templates')).map((name) =>
  readFileSync(join(CHART, 'templates', name), 'utf8'),
);
const values = readFileSync(join(CHART, 'values.yaml'), 'utf8');

/** `api.service.port` for each leaf, and for each parent too. The file has two spaces a level and no lists of maps. */
function valuePaths(text: string): Set<string> {
  const paths = new Set<string>();
  const parents: string[] = [];
  for (const line of text.split('\n')) {
    const [, indent, key] = /^( *)(\w+):/.exec(line) ?? [];
    if (indent === undefined || key === undefined) continue;
    parents.length = indent.length / 2;
    parents.push(key);
    paths.add(parents.join('.'));
  }
  return paths;
}

test('the chart uses every value that it has, and has every value that it uses', () => {
  const known = valuePaths(values);
  const used = new Set(
    templates.flatMap((text) =>
      [...text.matchAll(/\.Values\.([\w.]*\w)/g)].map(([, path = '']) => path),
    ),
  );
  expect([...used].filter((path) => !known.has(path))).toEqual([]);
  const unused = [...known].filter(
    (path) =>
      ![...used].some((one) => `${path}.`.startsWith(`${one}.`) || one.startsWith(`${path}.`)),
  );
  expect(unused).toEqual([]);
});

test('the chart sets only variables that the services read', () => {
  const table = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const set = templates.flatMap((text) =>
    [...text.matchAll(/name: ([A-Z][A-Z_]+)\b/g)].map(([, name = '']) => name),
  );
  expect(set.length).toBeGreaterThan(10);
  expect(set.filter((name) => !table.includes(`| \`${name}\` |`))).toEqual([]);
});

test('no secret is a variable of the chart, and the runners get no token of an administrator', () => {
  for (const text of templates) expect(text).not.toMatch(/secretKeyRef/);
  const runner = templates.find((text) => text.includes('apps/runner/dist/main.js')) ?? '';
  expect(runner).toContain('RAT_RUNNER_API_HOST');
  expect(runner).not.toContain('ADMIN_TOKEN');
});

test('an autoscaler by a metric counts only runs that a further runner could start', () => {
  const scaler = templates.find((text) => text.includes('kind: HorizontalPodAutoscaler')) ?? '';
  expect(scaler).toContain('matchLabels: { state: ready }');
  expect(scaler).toContain('key: pool, operator: In, values: {{ .Values.runner.pools | toJson }}');
});

const run = promisify(execFile);
const hasHelm = await run('helm', ['version']).then(
  () => true,
  () => false,
);

(hasHelm ? test.each : test.skip.each)([['none'], ['keda'], ['hpa']])(
  'helm renders the chart with autoscaling.kind %s',
  async (kind) => {
    // A helm that was built from source takes Kubernetes 1.20 for the default.
    const set = ['--kube-version', '1.34.0', '--set', `autoscaling.kind=${kind}`];
    const { stdout } = await run('helm', ['template', 'rat', CHART, ...set]);
    const kinds = [...stdout.matchAll(/^kind: (\w+)$/gm)].map(([, name]) => name);
    expect(kinds.filter((name) => name === 'Deployment')).toHaveLength(2);
    expect(kinds.filter((name) => name === 'NetworkPolicy')).toHaveLength(2);
    expect(kinds.includes('ScaledObject')).toBe(kind === 'keda');
    expect(kinds.includes('HorizontalPodAutoscaler')).toBe(kind === 'hpa');
  },
);
