import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
let runnerUrl: string;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 2, runners: 0 });
  const runner = await fleet.startRunner({ RAT_METRICS_PORT: '0' });
  const line = await runner.waitForLine(/"metrics served"/);
  runnerUrl = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}/metrics`;
  await fleet.putPipeline('default/silver/good', { sql: 'SELECT range AS n FROM range(7)' });
  await fleet.putPipeline('default/gold/bad', { sql: 'SELECT * FROM nowhere' });
}, 60_000);
afterAll(() => fleet.close());

async function scrape(url: string): Promise<Map<string, number>> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).split('\n').filter((line) => /^\w/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at))] as const;
    }),
  );
}

function scrapeApi(api: number): Promise<Map<string, number>> {
  return scrape(`${fleet.apis[api]?.url}/metrics`);
}

const GOOD = 'rat_runs_ended_total{status="success",layer="silver",trigger="manual"}';
const BAD = 'rat_runs_ended_total{status="failed",layer="gold",trigger="api"}';

test('every API counts each run of the installation once, with its rows, phases and failure', async () => {
  for (const api of [0, 1]) expect((await scrapeApi(api)).get(GOOD)).toBe(0);
  const good = await fleet.createRun('default/silver/good', 0);
  const bad = await fleet.createRun('default/gold/bad', 1, { trigger: 'nightly' });
  await fleet.spy.waitFor(good, 'success', 30_000);
  await fleet.spy.waitFor(bad, 'failed', 30_000);
  for (const api of [0, 1]) {
    const metrics = await eventually('both runs are counted', async () => {
      const read = await scrapeApi(api);
      return read.get(GOOD) === 1 && read.get(BAD) === 1 && read;
    });
    expect(metrics.get('rat_state_read_success')).toBe(1);
    expect(metrics.get('rat_run_rows_written_total{layer="silver"}')).toBe(7);
    expect(metrics.get('rat_run_written_bytes_total{layer="silver"}')).toBeGreaterThan(0);
    expect(metrics.get('rat_run_failures_total{code="sql_error"}')).toBe(1);
    expect(metrics.get('rat_run_queue_wait_seconds_count{layer="silver"}')).toBe(1);
    // Both runs began to write.
    expect(metrics.get('rat_run_phase_duration_seconds_count{phase="write"}')).toBe(2);
    expect(metrics.get('rat_runs{status="success",layer="silver"}')).toBe(1);
    expect(metrics.get('rat_runners{state="active"}')).toBe(1);
    expect(metrics.get('rat_runner_slots')).toBe(2);
  }
}, 90_000);

test('a request counts for its operation at the API that answered it', async () => {
  const series = 'rat_http_request_duration_seconds_count{operation="createRun",status="2xx"}';
  expect((await scrapeApi(0)).get(series)).toBe(1);
  await fetch(`${fleet.apis[0]?.url}/no/such/path`);
  const none = 'rat_http_request_duration_seconds_count{operation="none",status="4xx"}';
  expect((await scrapeApi(0)).get(none)).toBe(1);
});

test('a runner shows its own process at a port of its own', async () => {
  const metrics = await scrape(runnerUrl);
  expect(metrics.get('rat_runner_attempts')).toBe(0);
  expect(metrics.get('rat_db_pool_max_connections')).toBe(6);
  const job = 'rat_job_duration_seconds_count{job="fold-run-counts",outcome="done"}';
  expect(metrics.get(job)).toBeGreaterThan(0);
  expect((await fetch(runnerUrl.replace('/metrics', '/'))).status).toBe(404);
});
