import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  eventually,
  listeningUrl,
  openRunFolder,
  startNode,
  type ServiceProcess,
} from '@rat/testing';
import { z } from 'zod';
import { ChaosPostgres } from './servers.ts';

const PIPELINE = { namespace: 'default', layer: 'silver', pipeline: 'upgraded' };
const SETTLE_MS = 180_000;
const STARTS_WITHIN_MS = 60_000;
const RETRY_MS = 200;
const CLIENTS = 4;

const created = z.object({ run_id: z.string() });
const counted = z.object({ rows: z.array(z.object({ n: z.number(), ids: z.number() })) });

export interface UpgradeOptions {
  /** The folder of the version before, built. */
  former: string;
  /** Runs that are started in each of the three parts. */
  runsOfPart: number;
  tell: (line: string) => void;
}

export interface UpgradeReport {
  /** Requests that the clients made until each was accepted. */
  accepted: number;
  /** Requests that failed and were sent again with their key. */
  repeated: number;
  succeeded: number;
  rows: number;
  violations: string[];
}

/** One API and two runners of one version. */
interface Version {
  url: string;
  stop: () => Promise<void>;
}

/**
 * Plays an upgrade without downtime: clients start runs while the version before works alone, while
 * both versions work on one database, and while this version works alone. Every accepted request
 * must have made one run, and every run one row.
 */
export async function playUpgrade(options: UpgradeOptions): Promise<UpgradeReport> {
  const { former, runsOfPart, tell } = options;
  const folder = await openRunFolder();
  // The database server may run as another user, who needs to enter.
  await chmod(folder, 0o711);
  const postgres = await ChaosPostgres.start(folder);
  const versions: Version[] = [];
  try {
    const home = join(folder, 'home');
    await mkdir(home);
    const env = {
      DATABASE_URL: postgres.url,
      RAT_HOME: home,
      RAT_LEASE_SECONDS: '10',
      RAT_DRAIN_SECONDS: '20',
      RAT_RUNNER_MEMORY_MB: '1024',
      PORT: '0',
    };
    const before = await startVersion(former, env, 'before');
    versions.push(before);
    await definePipeline(before.url);
    const load = new Load();

    await load.run(runsOfPart, [before.url]);
    tell(`the version before alone: ${load.accepted} runs`);
    // Requests go on while this version migrates the database.
    const [now] = await Promise.all([
      startVersion('', env, 'this'),
      load.run(runsOfPart, [before.url]),
    ]);
    versions.push(now);
    await load.run(runsOfPart, [before.url, now.url]);
    tell(`both versions: ${load.accepted} runs`);
    const stopping = before.stop();
    // A client that is turned away by the version that stops uses the other one.
    await load.run(runsOfPart, [now.url, before.url]);
    await stopping;
    await load.run(runsOfPart, [now.url]);
    tell(`this version alone: ${load.accepted} runs`);
    return await check(now.url, load, postgres);
  } finally {
    for (const version of versions) await version.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startVersion(
  root: string,
  env: Record<string, string>,
  name: string,
): Promise<Version> {
  const processes: ServiceProcess[] = [];
  const start = (app: string, more: Record<string, string> = {}): ServiceProcess => {
    const started = startNode(join(root, `apps/${app}/dist/main.js`), { ...env, ...more });
    processes.push(started);
    return started;
  };
  const stop = async (): Promise<void> => {
    for (const one of processes) one.kill('SIGTERM');
    await Promise.all(processes.map((one) => one.exited));
  };
  try {
    const url = await listeningUrl(start('api'));
    const runners = [1, 2].map((n) => start('runner', { RAT_RUNNER_ID: `${name}-${n}` }));
    await Promise.all(runners.map((one) => one.waitForLine(/"runner started"/, STARTS_WITHIN_MS)));
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function definePipeline(url: string): Promise<void> {
  const { namespace, layer, pipeline } = PIPELINE;
  const answer = await fetch(`${url}/api/v1/pipelines/${namespace}/${layer}/${pipeline}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      sql: 'SELECT uuid()::VARCHAR AS id',
      config: { merge_strategy: 'append_only', max_retries: 5, retry_delay_seconds: 1 },
    }),
  });
  if (answer.status !== 201) throw new Error(`the pipeline was answered ${answer.status}`);
}

/** Clients that start runs. Each request has a key and is sent again until an API accepts it. */
class Load {
  accepted = 0;
  repeated = 0;
  readonly runs = new Set<string>();

  /** Starts `count` runs, each by one of `urls` and after a failure by another one. */
  async run(count: number, urls: readonly string[]): Promise<void> {
    let left = count;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        this.runs.add(await this.#start(urls, left));
        this.accepted += 1;
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  async #start(urls: readonly string[], first: number): Promise<string> {
    const key = randomUUID();
    for (let tries = first; ; tries += 1) {
      const url = urls[tries % urls.length] ?? '';
      try {
        const answer = await fetch(`${url}/api/v1/runs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify({ ...PIPELINE, trigger: 'upgrade' }),
        });
        if (answer.status === 202) return created.parse(await answer.json()).run_id;
        if (answer.status < 500) throw new TypeError(`a run was answered ${answer.status}`);
      } catch (error) {
        // fetch throws a TypeError with a cause when the connection was refused or cut.
        if (!(error instanceof TypeError) || error.cause === undefined) throw error;
      }
      this.repeated += 1;
      await pause(RETRY_MS);
    }
  }
}

async function check(url: string, load: Load, postgres: ChaosPostgres): Promise<UpgradeReport> {
  const statuses = async (): Promise<Map<string, number>> => {
    const rows = await postgres.query<{ status: string; n: number }>(
      'SELECT status, count(*)::int AS n FROM runs GROUP BY status',
    );
    return new Map(rows.map(({ status, n }) => [status, n]));
  };
  await eventually(
    'every run has ended',
    async () => {
      const found = await statuses();
      return (found.get('pending') ?? 0) + (found.get('running') ?? 0) === 0;
    },
    SETTLE_MS,
  );
  const found = await statuses();
  const succeeded = found.get('success') ?? 0;
  const answer = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      sql: 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM silver.upgraded',
    }),
  });
  const [table] = counted.parse(await answer.json()).rows;
  const { accepted, repeated, runs } = load;
  const expected: [string, number][] = [
    ['runs of accepted requests', runs.size],
    ['runs in the database', [...found.values()].reduce((sum, n) => sum + n, 0)],
    ['successful runs', succeeded],
    ['rows', table?.n ?? -1],
    ['different rows', table?.ids ?? -1],
  ];
  const violations = expected
    .filter(([, n]) => n !== accepted)
    .map(([what, n]) => `${n} ${what}, expected ${accepted}`);
  return { accepted, repeated, succeeded, rows: table?.n ?? -1, violations };
}
