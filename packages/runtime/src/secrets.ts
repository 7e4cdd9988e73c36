import { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EnvError } from './env.ts';

/**
 * Variables that hold a secret. Each can also be set as a file, by a variable of the same name
 * with `_FILE`.
 */
export const SECRET_VARIABLES = [
  'DATABASE_URL',
  'REDIS_URL',
  'RAT_ADMIN_TOKEN',
  'RAT_SECRET_KEY',
  'RAT_OIDC_CLIENT_SECRET',
  'RAT_TOKEN',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OPENLINEAGE_API_KEY',
] as const;

/**
 * The variable that a parent sets to hand over secrets. Its value is a file descriptor, or the path
 * of a temporary file, with the secrets as JSON.
 */
export const HANDOVER = 'RAT_ENV_FROM';

type Environment = Record<string, string | undefined>;

/**
 * Variables that may be visible in `/proc/<pid>/environ`: those that programs need to start, and
 * settings that are not secret.
 */
const PLAIN_NAMES =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|NODE_OPTIONS|NODE_ENV|NODE_EXTRA_CA_CERTS|SYSTEMROOT|PORT|HOST|RAT_\w+)$/i;
const SECRET_NAMES = /SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|(^|_)KEY|_URL$/i;

/**
 * Splits an environment into the variables that a child may be started with, and those that must be
 * handed over in another way.
 */
export function splitEnvironment(env: Environment): {
  plain: Record<string, string>;
  secret: Record<string, string>;
} {
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name === HANDOVER) continue;
    const isPlain = PLAIN_NAMES.test(name) && !SECRET_NAMES.test(name);
    (isPlain ? plain : secret)[name] = value;
  }
  return { plain, secret };
}

/** What is wrong with the value of a variable. */
export interface VariableProblem {
  variable: string;
  message: string;
}

/**
 * Returns the whole environment of this process: its own variables, those that the parent handed
 * over (read once, then removed), and the contents of files such as `DATABASE_URL_FILE`. Variables
 * that a library reads by itself, such as PGPASSWORD, are added to `env`, which the system does not
 * expose. Throws EnvError when the handover cannot be read. `problems` are those of the files.
 */
export function receiveEnvironment(env: Environment): {
  source: Environment;
  problems: VariableProblem[];
} {
  const handed = receive(env);
  for (const [name, value] of Object.entries(handed)) {
    if (name.startsWith('PG')) env[name] = value;
  }
  const source: Environment = { ...env, ...handed };
  const problems: VariableProblem[] = [];
  for (const name of SECRET_VARIABLES) {
    const variable = `${name}_FILE`;
    const file = source[variable] ?? '';
    if (file === '') continue;
    const read =
      (source[name] ?? '') === ''
        ? readSecret(file)
        : { problem: `${name} is set too; leave one of them out` };
    if (read.problem === undefined) source[name] = read.text;
    else problems.push({ variable, message: read.problem });
  }
  return { source, problems };
}

/** The warning to log when `hideSecrets` returns names. */
export const EXPOSED_SECRETS =
  'warning: secrets are in the environment, where other processes of this user can read them; set the variables of the same name with _FILE instead';

/** The part of Node's `process` that this file uses. */
export interface StartedProcess {
  env: Environment;
  execPath: string;
  execArgv: string[];
  argv: string[];
  /** Node 23.11 and later. */
  execve?: (file: string, args: string[], env: Record<string, string>) => void;
}

/**
 * Removes secrets from `/proc/<pid>/environ`, where every process of the same user can read them.
 * Where Node can replace its own process (23.11 and later), it restarts without them and does not
 * return. Otherwise it returns the names that stay exposed.
 */
export function hideSecrets(started: StartedProcess): string[] {
  const exposed = SECRET_VARIABLES.filter((name) => (started.env[name] ?? '') !== '');
  if (exposed.length === 0 || started.execve === undefined) return exposed;
  const { plain, secret } = splitEnvironment(started.env);
  const file = join(mkdtempSync(join(tmpdir(), 'rat-start-')), 'environment.json');
  writeFileSync(file, JSON.stringify(secret), { mode: 0o600, flag: 'wx' });
  try {
    const args = [started.execPath, ...started.execArgv, ...started.argv.slice(1)];
    started.execve(started.execPath, args, { ...plain, [HANDOVER]: file });
  } catch {
    // Not supported on this system; the caller logs a warning.
  }
  rmSync(dirname(file), { recursive: true, force: true });
  return exposed;
}

function receive(env: Environment): Record<string, string> {
  const from = env[HANDOVER];
  if (from === undefined || from === '') return {};
  delete env[HANDOVER];
  try {
    return JSON.parse(/^\d+$/.test(from) ? readDescriptor(Number(from)) : readOnce(from));
  } catch (error) {
    throw new EnvError(`${HANDOVER}: nothing can be read there`, { cause: error });
  }
}

function readDescriptor(fd: number): string {
  const text = readFileSync(fd, 'utf8');
  closeSync(fd);
  return text;
}

/** Reads the file and deletes its folder, which was created for it alone. */
function readOnce(file: string): string {
  const text = readFileSync(file, 'utf8');
  rmSync(dirname(file), { recursive: true, force: true });
  return text;
}

function readSecret(
  file: string,
): { text: string; problem?: undefined } | { problem: string; text?: undefined } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return { problem: `the file that it names cannot be read${code}` };
  }
  return text === '' ? { problem: 'the file that it names is empty' } : { text };
}
