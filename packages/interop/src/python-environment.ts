import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { coerceError } from '@rat/runtime';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = fileURLToPath(new URL('../python/', import.meta.url));

/** Most pinned packages are compiled; a first run downloads some 150 MB. */
const INSTALL_WITHIN_MS = 300_000;

/** The reason why this machine has no suitable Python; not a failure of the product. */
export class NoPythonError extends Error {
  override readonly name = 'NoPythonError';
}

/** An interpreter with the readers of tables. ClickHouse is skipped with a message where it cannot be installed. */
export function pythonWithPackages(): Promise<string> {
  // Several hundred megabytes more: without space for them, the other readers still run.
  return pythonWith('requirements.txt', {
    file: 'requirements-clickhouse.txt',
    skipped: 'CLICKHOUSE SKIPPED, it has not seen the tables',
  });
}

/** An interpreter with the generator of the Python client, and with what the client needs. */
export function pythonWithClientGenerator(): Promise<string> {
  return pythonWith('requirements-client.txt');
}

/** An interpreter with schemathesis. */
export function pythonWithSchemathesis(): Promise<string> {
  return pythonWith('requirements-schemathesis.txt');
}

/**
 * The interpreter of a virtual environment with exactly the pinned packages of `required`. The first use creates
 * it; it stays valid until the pins or Python change. Throws NoPythonError where it is impossible.
 */
async function pythonWith(
  required: string,
  optional?: { file: string; skipped: string },
): Promise<string> {
  const version = await attempt('no python3', 'python3', [
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  const [major, minor = 0] = version.split('.').map(Number);
  if (major !== 3 || minor < 10) throw new NoPythonError(`python3 is ${version}, 3.10 is needed`);
  const key = createHash('sha256').update(`${version}\n`);
  const files = [required, ...(optional === undefined ? [] : [optional.file])];
  for (const file of files) key.update(await readFile(join(folder, file)));
  const home = join(root, 'node_modules', '.cache', 'interop-venv', key.digest('hex').slice(0, 12));
  const python = join(home, 'bin', 'python');
  // Written last: without this file, an earlier run was killed half-way.
  const complete = join(home, 'complete');
  if (existsSync(complete)) return python;
  await rm(home, { recursive: true, force: true });
  await attempt('python3 has no venv', 'python3', ['-m', 'venv', home]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  // An unreachable registry must fail fast.
  install.push('--retries', '1', '--timeout', '20', '-r');
  const packages = 'the packages cannot be installed';
  await attempt(packages, python, [...install, join(folder, required)]);
  if (optional !== undefined) {
    const { file, skipped } = optional;
    await attempt(packages, python, [...install, join(folder, file)]).catch((error: unknown) => {
      process.stdout.write(`!!! ${skipped}: ${coerceError(error).message}\n`);
    });
  }
  await writeFile(complete, '');
  return python;
}

async function attempt(whyNot: string, program: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args, { timeout: INSTALL_WITHIN_MS });
    return stdout.trim();
  } catch (error) {
    const { message } = coerceError(error);
    const last = stderrOf(error).trim().split('\n').at(-1);
    throw new NoPythonError(`${whyNot}: ${last || message}`, { cause: error });
  }
}

/** What a failed program wrote to its standard error. */
function stderrOf(error: unknown): string {
  const written = error instanceof Error && 'stderr' in error ? error.stderr : undefined;
  return typeof written === 'string' ? written : '';
}
