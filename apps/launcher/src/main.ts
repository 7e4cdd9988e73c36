import { parseArgs } from 'node:util';
import { EmbeddedPostgresError } from '@rat/embedded-postgres';
import { FolderError } from '@rat/pipeline-folder';
import {
  CLOSED_UMASK,
  coerceError,
  createLogger,
  EnvError,
  Lifecycle,
  readSettings,
  stopWithParent,
} from '@rat/runtime';
import { launcherEnv } from './env.ts';
import { type Development, launch } from './launch.ts';
import { LauncherError } from './launcher-error.ts';
import { plainLine } from './plain-error.ts';

/** Ctrl-C arrives twice, from the terminal and from npm: signals within this time count as one. */
const SAME_SIGNAL_MS = 1_000;
const PARENT_POLL_MS = 500;
/** The scripts of package.json that start this program. */
const SCRIPTS = ['start', 'dev', 'debug'];

const say = (line: string): void => console.log(line);
const stopping = new AbortController();
/** Resolves when the person stops the launcher. */
const stopRequested = new Promise<void>((resolve) => {
  stopping.signal.addEventListener('abort', () => resolve());
});

let firstSignalAt: number | undefined;
function onSignal(): void {
  const now = performance.now();
  if (firstSignalAt === undefined) {
    firstSignalAt = now;
    say('stopping …');
    stopping.abort(new Error('stopped by a signal'));
  } else if (now - firstSignalAt > SAME_SIGNAL_MS) {
    // A second signal exits at once; the services notice, and the next start cleans up.
    process.exit(1);
  }
}

/** Throws LauncherError for a flag that does not exist. */
function readFlags(): Development {
  const flag = { type: 'boolean', default: false } as const;
  const options = { watch: flag, inspect: flag, 'inspect-executors': flag };
  try {
    const { watch, inspect, 'inspect-executors': inspectExecutors } = parseArgs({ options }).values;
    return { watch, inspect, inspectExecutors };
  } catch (error) {
    const usage = '[--watch] [--inspect] [--inspect-executors]';
    throw new LauncherError(`${coerceError(error).message}\nflags: ${usage}`);
  }
}

/** A killed npm takes no one along, and whoever killed it believes that everything has stopped. */
function stopWithNpm(): void {
  if (!SCRIPTS.includes(process.env['npm_lifecycle_event'] ?? '')) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    stopping.abort(new Error('npm is gone'));
  }, PARENT_POLL_MS);
  watch.unref();
}

/**
 * Starts the installation and waits for a signal or a failure; resolves with the exit code once
 * everything is closed. A signal during the start takes effect at the start's next check: a
 * half-open part could not be closed in order.
 */
async function run(): Promise<number> {
  const log = createLogger('launcher', { level: 'warn' });
  const lifecycle = new Lifecycle(log);
  try {
    const development = readFlags();
    const { env, source: inherited, warnings } = readSettings(launcherEnv, process.env);
    for (const warning of warnings) say(`WARNING: ${warning}`);
    process.umask(CLOSED_UMASK);
    if (env.RAT_PARENT_PID !== undefined) stopWithParent(log);
    const context = { env, inherited, lifecycle, say, signal: stopping.signal };
    const launched = await launch({ ...context, development });
    say(`ready ${launched.url}`);
    const header = ` -H "authorization: Bearer $RAT_ADMIN_TOKEN"`;
    say(examples(launched.url, env.RAT_ADMIN_TOKEN === undefined ? '' : header));
    await Promise.race([stopRequested, launched.failed]);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    complain(error);
    return 1;
  } finally {
    await lifecycle.close();
  }
}

function complain(error: unknown): void {
  const known =
    error instanceof LauncherError ||
    error instanceof FolderError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof EnvError;
  const { message, stack, cause } = coerceError(error);
  console.error(known ? message : `RAT Runs could not start or go on: ${plainLine(error)}`);
  // The message of a FolderError has that of its cause.
  if (known && cause !== undefined && !(error instanceof FolderError))
    console.error(`  because: ${plainLine(cause)}`);
  // A stack is for a developer, who enables it by RAT_LOG_LEVEL.
  if (!known && process.env['RAT_LOG_LEVEL'] === 'debug') console.error(stack);
}

/** Commands to try; `header` is what each needs to sign in. */
function examples(url: string, header: string): string {
  const body = '{"namespace":"default","layer":"gold","pipeline":"busiest_routes"}';
  return [
    `  curl${header} ${url}/api/v1/runs`,
    `  curl${header} ${url}/api/v1/runs -H 'content-type: application/json' -d '${body}'`,
    `  curl -N${header} -H 'accept: text/event-stream' ${url}/api/v1/runs/<run_id>/logs`,
  ].join('\n');
}

process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
stopWithNpm();
process.exit(await run());
