import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultProxy, startFleet, type Fleet } from '@rat/testing';
import { runPython } from './ask-python.ts';
import { pythonWithClientGenerator } from './python-environment.ts';
import { check, tell } from './verdicts.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const OURS = ['__init__', 'client', 'errors', 'events', 'query'];
const MADE_WITHIN_MS = 300_000;

/**
 * Makes the Python client from the OpenAPI document, checks its types, installs it, and lets it drive real APIs: one behind
 * a proxy that cuts its connections, and one with sign-in.
 */
export async function testPythonClient(): Promise<void> {
  const python = await pythonWithClientGenerator();
  const folder = await mkdtemp(join(tmpdir(), 'rat-python-'));
  try {
    const installed = await makeClient(python, folder);
    await driveOpenApi(python, installed);
    await driveClosedApi(python, installed);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves with the folder that the client is installed in. */
async function makeClient(python: string, folder: string): Promise<string> {
  const source = join(folder, 'client-python');
  const generated = join('src', 'rat_runs', 'generated');
  await cp(join(root, 'packages', 'client-python'), source, {
    recursive: true,
    // What a person has made there may be stale.
    filter: (path) => !path.endsWith(generated),
  });
  // The generator looks for ruff beside itself.
  const path = [dirname(python), process.env['PATH']].join(delimiter);
  const run = (args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const options = { cwd: source, timeout: MADE_WITHIN_MS, env: { ...process.env, PATH: path } };
      execFile(python, ['-m', ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
      });
    });

  const document = ['--path', join(root, 'apps', 'api', 'openapi.json')];
  const into = ['--config', 'generator.yaml', '--output-path', generated, '--meta', 'none'];
  const generate = ['openapi_python_client', 'generate', ...document, ...into, '--fail-on-warning'];
  check('Python: the client is made from the document without a warning', await run(generate), {
    code: 0,
    output: `Generating ${generated}\n`,
  });
  const install = ['pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
  const installed = join(folder, 'installed');
  check(
    'Python: the client can be installed',
    await run([...install, '--no-build-isolation', '--target', installed, '.']),
    { code: 0, output: '' },
  );
  const ours = OURS.map((name) => join('src', 'rat_runs', `${name}.py`));
  const program = fileURLToPath(new URL('../python/drive_client.py', import.meta.url));
  const checked = await run(['mypy', '--strict', ...ours, 'example.py', program]);
  check('Python: mypy --strict finds nothing', checked, {
    code: 0,
    output: `Success: no issues found in ${ours.length + 2} source files\n`,
  });
  return installed;
}

async function driveOpenApi(python: string, installed: string): Promise<void> {
  const fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0 });
  const url = urlOf(fleet);
  const proxy = await FaultProxy.open(url);
  let runner: Promise<unknown> | undefined;
  try {
    await runPython(python, ['drive_client.py', 'open', proxy.through(url), url], {
      env: { PYTHONPATH: installed },
      onLine: (line) => {
        if (line !== 'CUT') return tell(line);
        proxy.kill();
        runner ??= fleet.startRunner();
        // It is awaited below.
        runner.catch(() => undefined);
      },
    });
    await runner;
    const lines: string[] = [];
    await runPython(python, [EXAMPLE, url, 'default', 'silver', 'orders'], {
      env: { PYTHONPATH: installed },
      onLine: (line) => void lines.push(line),
    });
    const found = lines.findLast((line) => line.includes('9007199254740993'));
    check('Python: the example ends with the rows of the table', found, lines.at(-2));
  } finally {
    await proxy.close();
    await fleet.close();
  }
}

async function driveClosedApi(python: string, installed: string): Promise<void> {
  const token = randomBytes(24).toString('base64url');
  const env = { RAT_ADMIN_TOKEN: token };
  const fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0, env });
  try {
    await runPython(python, ['drive_client.py', 'closed', urlOf(fleet)], {
      env: { PYTHONPATH: installed, RAT_TOKEN: token },
    });
  } finally {
    await fleet.close();
  }
}

const EXAMPLE = fileURLToPath(new URL('../../client-python/example.py', import.meta.url));

function urlOf(fleet: Fleet): string {
  const [api] = fleet.apis;
  if (api === undefined) throw new Error('the fleet has no API');
  return api.url;
}
