import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import {
  coerceError,
  createLogger,
  EnvError,
  EXPOSED_SECRETS,
  hideSecrets,
  Lifecycle,
  readSettings,
  stopOnSignals,
  stopWithParent,
} from '@rat/runtime';
import { z } from 'zod';
import { SettingsError } from './auth/assert-sign-in.ts';
import { apiEnv, type ApiEnv } from './env.ts';
import { startApi } from './start-api.ts';
import { readBuildFacts } from './system/build-facts.ts';

const manifest = z.object({ version: z.string() });

/** Prints one line for the operator and exits with 1. */
function refuseToStart(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

function readEnv(): { env: ApiEnv; warnings: string[] } {
  try {
    return readSettings(apiEnv, process.env);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return refuseToStart(`The environment cannot be used:\n${error.message}`);
  }
}

/** In an image; see its Dockerfile. */
const BUILD_FILE = new URL('../../../build.json', import.meta.url);

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return manifest.parse(JSON.parse(text)).version;
}

const exposed = hideSecrets(process);
const { env, warnings } = readEnv();
const log = createLogger('api', { level: env.RAT_LOG_LEVEL });
for (const warning of warnings) log.warn({ warning }, 'a variable has no effect or an old name');
// Logged at info: the API runs no foreign code, so only its own user can read its environment.
if (exposed.length > 0) log.info({ variables: exposed }, EXPOSED_SECRETS);
const lifecycle = new Lifecycle(log);
stopOnSignals(() => lifecycle.close());
if (env.RAT_PARENT_PID !== undefined) stopWithParent(log);
try {
  const [version, build] = await Promise.all([readVersion(), readBuildFacts(BUILD_FILE)]);
  const server = await startApi(env, { log, lifecycle, version, build });
  // The configured port may be 0, so log the actual one.
  const { port } = server.address() as AddressInfo;
  log.info({ host: env.HOST, port }, 'listening');
} catch (thrown) {
  const error = coerceError(thrown);
  await lifecycle.close();
  if ('code' in error && error.code === 'EADDRINUSE') {
    refuseToStart(`port ${env.PORT} at ${env.HOST} is taken; set PORT to a free one`);
  }
  if (error instanceof SettingsError) refuseToStart(error.message);
  log.error({ err: error }, 'api could not start');
  process.exit(1);
}
