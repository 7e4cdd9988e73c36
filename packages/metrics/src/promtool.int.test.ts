import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findForSuite, PROMTOOL } from '@rat/testing';
import { INSTALLATION_METRICS } from './installation-metrics.ts';
import { openInstruments } from './open-instruments.ts';
import { API_METRICS, RUNNER_METRICS } from './process-metrics.ts';
import { openProcessRegistry } from './process-registry.ts';

const run = promisify(execFile);
const promtool = await findForSuite(PROMTOOL);

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../docs/operations/${name}`, import.meta.url));
}

/** In Grafana, `$__rate_interval` is a duration. */
function asRules(exprs: string[]): string {
  const rules = exprs.map((expr, n) => ({
    record: `panel:${n}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  // JSON is YAML.
  return JSON.stringify({ groups: [{ name: 'panels', rules }] });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-promtool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

if (promtool !== undefined) {
  describe('Prometheus', () => {
    test('its promtool accepts the alerts', async () => {
      const { stdout } = await run(promtool, ['check', 'rules', pathOf('alerts.yaml')]);
      expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    });

    test('the alerts are raised by the series that they are for, and by no others', async () => {
      const text = await readFile(new URL('alerts.promtool.yaml', import.meta.url), 'utf8');
      const file = join(folder, 'alerts.yaml');
      await writeFile(file, text.replace('RULES', pathOf('alerts.yaml')));
      const { stdout } = await run(promtool, ['test', 'rules', file]);
      expect(stdout).toContain('SUCCESS');
    });

    test('its promtool accepts every query of the dashboard', async () => {
      const text = await readFile(pathOf('grafana-dashboard.json'), 'utf8');
      const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
      const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
      const file = join(folder, 'panels.yaml');
      await writeFile(file, asRules(exprs));
      const { stdout } = await run(promtool, ['check', 'rules', file]);
      expect(stdout).toContain(`SUCCESS: ${exprs.length} rules found`);
    });

    test('its promtool reads what processes serve, and finds no fault in a name', async () => {
      const pool = { totalCount: 1, idleCount: 1, waitingCount: 0, options: { max: 10 } };
      const metrics = openProcessRegistry({ service: 'runner', version: '1', pool });
      for (const specs of [INSTALLATION_METRICS, API_METRICS, RUNNER_METRICS]) {
        openInstruments(metrics.registry, specs);
      }
      metrics.jobEnded({ job: 'sweep', seconds: 0.1, hasFailed: false });
      const file = join(folder, 'metrics.txt');
      await writeFile(file, await metrics.registry.metrics());
      metrics.close();
      const { stderr } = await run('sh', ['-c', '"$0" check metrics < "$1"', promtool, file]);
      expect(stderr).toBe('');
    });
  });
} else {
  test('there is no promtool here, so it checks nothing', () => expect(promtool).toBeUndefined());
}
