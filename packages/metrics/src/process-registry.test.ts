import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { eventually } from '@rat/testing';
import { openProcessRegistry, type ProcessRegistry } from './process-registry.ts';
import { serveMetrics } from './serve-metrics.ts';

const POOL = { totalCount: 3, idleCount: 1, waitingCount: 4, options: { max: 10 } };

let metrics: ProcessRegistry;
beforeEach(() => {
  metrics = openProcessRegistry({ service: 'runner', version: '1.2.3', pool: POOL });
});
afterEach(() => metrics.close());

async function valueOf(series: string): Promise<number | undefined> {
  const lines = (await metrics.registry.metrics()).split('\n');
  const line = lines.find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

test('a process shows its version, its memory and its CPU time', async () => {
  const { version } = process;
  const build = `rat_build_info{service="runner",version="1.2.3",node="${version}"}`;
  expect(await valueOf(build)).toBe(1);
  expect(await valueOf('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  const cpu = await valueOf('process_cpu_seconds_total');
  expect(cpu).toBeGreaterThan(0);
  expect(await valueOf('process_cpu_seconds_total')).toBeGreaterThanOrEqual(cpu ?? 0);
});

test('the state of the connections is that of the moment of the scrape', async () => {
  expect(await valueOf('rat_db_pool_connections{state="busy"}')).toBe(2);
  expect(await valueOf('rat_db_pool_connections{state="idle"}')).toBe(1);
  expect(await valueOf('rat_db_pool_waiting')).toBe(4);
  expect(await valueOf('rat_db_pool_max_connections')).toBe(10);
});

/** Keeps the event loop busy, and lets it turn once. */
async function block(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end);
  await new Promise((resolve) => setImmediate(resolve));
}

test('a blocked event loop shows in its lag', async () => {
  await eventually('a lag of 50 ms', async () => {
    await block(100);
    return ((await valueOf('nodejs_eventloop_lag_max_seconds')) ?? 0) > 0.05;
  });
  expect(await valueOf('rat_event_loop_busy_ratio')).toBeLessThanOrEqual(1);
});

test('turns of jobs count by job and by whether they failed', async () => {
  metrics.jobEnded({ job: 'sweep', seconds: 0.02, hasFailed: false });
  metrics.jobEnded({ job: 'sweep', seconds: 2, hasFailed: true });
  const series = (outcome: string): string =>
    `rat_job_duration_seconds_sum{job="sweep",outcome="${outcome}"}`;
  expect(await valueOf(series('done'))).toBe(0.02);
  expect(await valueOf(series('failed'))).toBe(2);
});

test('due times count by their outcome, and an outcome without times shows no series', async () => {
  metrics.fired({ run: 2, skipped: 1, missed: 0, invalid: 0, failed: 0 });
  metrics.fired({ run: 1 });
  expect(await valueOf('rat_firings_total{outcome="run"}')).toBe(3);
  expect(await valueOf('rat_firings_total{outcome="skipped"}')).toBe(1);
  expect(await valueOf('rat_firings_total{outcome="missed"}')).toBeUndefined();
});

test('the port answers GET /metrics and nothing else', async () => {
  const log = createLogger('test', { level: 'silent' });
  const { registry } = metrics;
  const served = await serveMetrics({ registry, host: '127.0.0.1', port: 0, log });
  try {
    const url = `http://127.0.0.1:${served.port}`;
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('# TYPE rat_job_duration_seconds histogram');
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  } finally {
    await served.close();
  }
});
