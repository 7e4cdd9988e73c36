import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RatClient } from '@rat/client';
import { findFreePort, isPortFree } from '@rat/embedded-postgres';
import { applyFolder } from '@rat/pipeline-folder';
import { chooseExecutorUser, homeGroup, type Lifecycle } from '@rat/runtime';
import { type Database, openDatabase } from './database.ts';
import type { LauncherEnv } from './env.ts';
import { type Home, openHome } from './home.ts';
import { lockHome } from './home-lock.ts';
import { keepLogsSmall } from './log-file.ts';
import { LauncherError } from './launcher-error.ts';
import { describeOutcome, loadDemo } from './load-demo.ts';
import { bracket, isLoopback, localUrl } from './local-url.ts';
import { keepSecretKey } from './secret-key.ts';
import { reapOrphans } from './reap-orphans.ts';
import { Supervisor } from './supervisor.ts';
import { waitUntilHealthy } from './wait-until-healthy.ts';
import { watchBuild } from './watch-build.ts';

const APPS = fileURLToPath(new URL('../../', import.meta.url));
const READY_WITHIN_MS = 60_000;
/** Node's own first choice; the runners have the ones after it. */
const FIRST_INSPECT_PORT = 9_229;
const INSPECT_HOST = '127.0.0.1';
/** Longer than the supervisor's own limit, which does the real insisting. */
const SERVICES_CLOSE_MS = 8_000;
const DATABASE_CLOSE_MS = 8_000;

export interface LaunchContext {
  env: LauncherEnv;
  /** The environment for the services; the launcher's own settings override it. */
  inherited: Record<string, string | undefined>;
  lifecycle: Lifecycle;
  /** Prints one line for the person at the terminal. */
  say: (line: string) => void;
  /** Aborts all waiting when the person stops the launcher. */
  signal: AbortSignal;
  development: Development;
}

/** What `npm run dev` and `npm run debug` add to `npm start`. */
export interface Development {
  /** Compile at each change, and restart the services. */
  watch: boolean;
  /** Open a port for a debugger in the API and in each runner. */
  inspect: boolean;
  /** The same in each process that executes SQL, which then has no network sandbox. */
  inspectExecutors: boolean;
}

/** The running installation. */
export interface Launched {
  /** `http://HOST:PORT`, as configured. */
  url: string;
  /** Rejects when a part could not be kept running; never resolves. */
  failed: Promise<never>;
}

/**
 * Starts all parts in order, and registers each with `lifecycle` for closing: lock, orphans of a
 * killed launcher, database, services (the API migrates, the runners wait for it), pipelines, demo.
 * Throws LauncherError for a problem that a person can fix.
 */
export async function launch(context: LaunchContext): Promise<Launched> {
  const { env, lifecycle, say } = context;
  const group = homeGroup(chooseExecutorUser(env.RAT_EXECUTOR_USER));
  const home = await openHome(env.RAT_HOME, group);
  lifecycle.onClose('lock', await lockHome(home));
  const reaped = await reapOrphans(home);
  // Spill files of killed runners; no runner of this home is active now.
  await rm(join(home.root, 'tmp'), { recursive: true, force: true });
  if (reaped.length > 0) say(`stopped what a killed start had left running: ${reaped.join(', ')}`);
  await refuseTakenPort(env);
  warnOfPublicAddress(env, say);
  const rotation = new AbortController();
  const rotating = keepLogsSmall(home.logs, rotation.signal);
  lifecycle.onClose('log rotation', () => {
    rotation.abort();
    return rotating;
  });

  const database = await timed(say, 'database', async () => {
    const opened = await openDatabase(home, { url: env.DATABASE_URL, group }, say);
    lifecycle.onClose('database', () => opened.close(), DATABASE_CLOSE_MS);
    return opened;
  });
  context.signal.throwIfAborted();

  const { development } = context;
  const supervisor = new Supervisor(home, say, development.watch ? 'wait' : 'fail');
  lifecycle.onClose('services', () => supervisor.stop(), SERVICES_CLOSE_MS);
  let startRestarting: () => void = () => undefined;
  const kept = new Promise<void>((resolve) => {
    startRestarting = resolve;
  });
  if (development.watch) {
    await timed(say, 'compiler', () => startWatching(supervisor, context, kept));
    context.signal.throwIfAborted();
  }
  const failed = Promise.race([supervisor.failed, failWhenLost(database, home)]);
  failed.catch(() => undefined);
  const token = env.RAT_ADMIN_TOKEN ?? env.RAT_TOKEN;
  const { signal } = context;
  const rat = new RatClient({ baseUrl: localUrl(env), signal, token });
  await timed(say, 'services', async () => {
    await startServices(supervisor, { context, home, database });
    // Without runners the API never becomes ready.
    const check = env.RAT_RUNNERS === 0 ? 'live' : 'ready';
    const healthy = waitUntilHealthy(rat, check, { withinMs: READY_WITHIN_MS, signal });
    await Promise.race([healthy, failed]);
  });
  supervisor.keep();
  startRestarting();
  if (development.watch) say(`watching … the logs of the services are in ${home.logs}`);

  const loading = loadPipelines(rat, context);
  await Promise.race([loading, failed]);
  return { url: `http://${bracket(env.HOST)}:${env.PORT}`, failed };
}

function warnOfPublicAddress(
  { HOST: host, PORT: port }: LauncherEnv,
  say: (line: string) => void,
): void {
  if (isLoopback(host)) return;
  say(
    `WARNING: ${host}:${port} can be reached from other machines, and tokens reach it in clear text. ` +
      'Put a proxy with TLS in front.',
  );
}

async function refuseTakenPort(env: LauncherEnv): Promise<void> {
  if (await isPortFree(env.PORT, env.HOST)) return;
  throw new LauncherError(
    `port ${env.PORT} at ${env.HOST} is taken by another program; set PORT to a free one`,
  );
}

async function failWhenLost(database: Database, home: Home): Promise<never> {
  await database.lost;
  throw new LauncherError(`Postgres keeps ending; see ${join(home.logs, 'postgres.log')}`);
}

async function startServices(
  supervisor: Supervisor,
  parts: { context: LaunchContext; home: Home; database: Database },
): Promise<void> {
  const { env, development } = parts.context;
  const common = serviceEnv(parts);
  // The runners sign nobody in and open no secrets, so they get none of these.
  const adminToken =
    env.RAT_ADMIN_TOKEN === undefined ? {} : { RAT_ADMIN_TOKEN: env.RAT_ADMIN_TOKEN };
  const clientSecret = parts.context.inherited['RAT_OIDC_CLIENT_SECRET'];
  const client = clientSecret === undefined ? {} : { RAT_OIDC_CLIENT_SECRET: clientSecret };
  const secretKey = env.RAT_SECRET_KEY ?? (await keepSecretKey(parts.home));
  const secrets = { ...adminToken, ...client, RAT_SECRET_KEY: secretKey };
  const apiEnv = { ...common, ...secrets, HOST: env.HOST, PORT: String(env.PORT) };
  const { inspect, inspectExecutors } = development;
  const names = ['api', ...runnerNames(env)];
  const ports = inspect ? await chooseInspectPorts(names) : new Map<string, number>();
  const nodeFlags = (name: string): string[] => {
    const port = ports.get(name);
    return port === undefined ? [] : [`--inspect=${INSPECT_HOST}:${port}`];
  };
  const entry = (app: string): string => join(APPS, app, 'dist', 'main.js');
  const api = { name: 'api', entry: entry('api'), env: apiEnv, args: [] };
  await supervisor.start({ ...api, nodeFlags: nodeFlags('api') });
  const args = inspectExecutors ? ['--inspect-executors'] : [];
  for (const [n, name] of runnerNames(env).entries()) {
    // One port each: they share an address.
    const metricsPort =
      env.RAT_METRICS_PORT === undefined
        ? {}
        : { RAT_METRICS_PORT: String(env.RAT_METRICS_PORT + n) };
    const runner = { name, entry: entry('runner'), env: { ...common, ...metricsPort }, args };
    await supervisor.start({ ...runner, nodeFlags: nodeFlags(name) });
  }
  sayPorts(ports, parts);
}

function runnerNames(env: LauncherEnv): string[] {
  return Array.from({ length: env.RAT_RUNNERS }, (_, n) => `runner-${n + 1}`);
}

/** A port for each service: the usual one where it is free. A service that is started again keeps its port. */
async function chooseInspectPorts(names: string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const [n, name] of names.entries()) {
    const usual = FIRST_INSPECT_PORT + n;
    const isFree = await isPortFree(usual, INSPECT_HOST);
    ports.set(name, isFree ? usual : await findFreePort(INSPECT_HOST));
  }
  return ports;
}

function sayPorts(
  ports: Map<string, number>,
  { context, home }: { context: LaunchContext; home: Home },
): void {
  const { say, development } = context;
  for (const [name, port] of ports) say(`debugger … ${name} at ${INSPECT_HOST}:${port}`);
  if (development.inspectExecutors) {
    say(`debugger … executors: each logs its address to ${join(home.logs, 'runner-<n>.log')}`);
  }
  if (ports.size > 0 || development.inspectExecutors) {
    say('WARNING: every user of this machine can execute code through a port for a debugger');
  }
}

/**
 * Compiles at each change, and restarts the services when that worked: from `kept` on, so that a change during the start is
 * not lost.
 */
async function startWatching(
  supervisor: Supervisor,
  { say, lifecycle, signal }: LaunchContext,
  kept: Promise<void>,
): Promise<void> {
  const onBuilt = async (): Promise<void> => {
    await kept;
    await supervisor.restart();
    if (!signal.aborted) say('build … done, the services are restarted');
  };
  lifecycle.onClose('compiler', await watchBuild({ onBuilt, say }));
}

/** The person's settings, overridden by those that must agree between the processes. */
function serviceEnv(parts: {
  context: LaunchContext;
  home: Home;
  database: Database;
}): Record<string, string> {
  const { env, inherited } = parts.context;
  const decided = {
    DATABASE_URL: parts.database.url,
    // The launcher has already read these files.
    DATABASE_URL_FILE: undefined,
    REDIS_URL: env.REDIS_URL,
    REDIS_URL_FILE: undefined,
    RAT_ADMIN_TOKEN: undefined,
    RAT_ADMIN_TOKEN_FILE: undefined,
    RAT_SECRET_KEY: undefined,
    RAT_SECRET_KEY_FILE: undefined,
    RAT_OIDC_CLIENT_SECRET: undefined,
    RAT_OIDC_CLIENT_SECRET_FILE: undefined,
    RAT_TOKEN: undefined,
    RAT_TOKEN_FILE: undefined,
    RAT_HOME: parts.home.root,
    RAT_LANDING_DIR: landingDir(env, parts.home),
    RAT_RUNNER_CONCURRENCY: String(env.RAT_RUNNER_CONCURRENCY),
    RAT_DRAIN_SECONDS: String(env.RAT_DRAIN_SECONDS),
  };
  const set = Object.entries({ ...inherited, ...decided }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(set);
}

async function loadPipelines(rat: RatClient, { env, say, signal }: LaunchContext): Promise<void> {
  if (env.RAT_PIPELINES_DIR !== undefined) {
    const { put } = await applyFolder(rat, resolve(env.RAT_PIPELINES_DIR));
    say(`pipelines … ${put.length} from ${env.RAT_PIPELINES_DIR}`);
  }
  if (env.RAT_DEMO === '0' || env.RAT_RUNNERS === 0) return;
  try {
    const line = describeOutcome(await loadDemo(rat, { say: (run) => say(`  ${run}`) }));
    if (line !== undefined) say(line);
  } catch (error) {
    signal.throwIfAborted();
    // The installation works without its example.
    say(`demo … not loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function landingDir(env: LauncherEnv, home: Home): string {
  return env.RAT_LANDING_DIR === undefined
    ? join(home.root, 'landing')
    : resolve(env.RAT_LANDING_DIR);
}

async function timed<T>(
  say: (line: string) => void,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const result = await work();
  say(`${what} … up in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
