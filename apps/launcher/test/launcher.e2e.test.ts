import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readiness, SANDBOX_LEVELS } from '@rat/contracts';
import { isAlive, type ProcessIdentity } from '@rat/embedded-postgres';
import { eventually, findFreePort, type ServiceProcess, startNode } from '@rat/testing';

const READY_MS = 60_000;
jest.setTimeout(120_000);

describe('npm start', () => {
  let home: string;
  let port: number;
  const launchers: ServiceProcess[] = [];

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'rat-launcher-'));
    await chmod(home, 0o755);
    port = await findFreePort();
  });

  afterEach(async () => {
    for (const launcher of launchers.splice(0)) await launcher.stop();
    await rm(home, { recursive: true, force: true });
  });

  function launch(more: Record<string, string> = {}): ServiceProcess {
    const env = { RAT_HOME: home, PORT: String(port), RAT_DEMO: '0', ...more };
    const launcher = startNode('apps/launcher/dist/main.js', env);
    launchers.push(launcher);
    return launcher;
  }

  async function launchUntilReady(): Promise<ServiceProcess> {
    const launcher = launch();
    await launcher.waitForLine(new RegExp(`^ready http://127\\.0\\.0\\.1:${port}$`), READY_MS);
    return launcher;
  }

  /** The recorded processes: the launcher, the API, the runner. */
  async function recorded(): Promise<ProcessIdentity[]> {
    const files = (await readdir(join(home, 'run'))).filter((name) => name.endsWith('.json'));
    return Promise.all(
      files.map(async (name) => JSON.parse(await readFile(join(home, 'run', name), 'utf8'))),
    );
  }

  async function postgresPid(): Promise<number> {
    return Number.parseInt(await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8'), 10);
  }

  test('SIGTERM to npm start ends every process within ten seconds, with exit code 0', async () => {
    const launcher = await launchUntilReady();
    const before = await recorded();
    expect(before).toHaveLength(3);
    const postgres = await postgresPid();
    const start = performance.now();
    launcher.kill('SIGTERM');
    expect(await launcher.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - start).toBeLessThan(10_000);
    for (const identity of before) expect(await isAlive(identity)).toBe(false);
    expect(() => process.kill(postgres, 0)).toThrow('ESRCH');
    expect(await recorded()).toEqual([]);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;

  onLinux(
    'no process of npm start shows a secret in its environment or its arguments',
    async () => {
      const launcher = await launchUntilReady();
      const password = (await readFile(join(home, 'postgres.password'), 'utf8')).trim();
      const family = await descendants(launcher.pid);
      // At least the API, the runner and its children.
      expect(family.length).toBeGreaterThan(4);
      for (const pid of family) {
        const shown = await Promise.all(
          ['environ', 'cmdline'].map((file) =>
            readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''),
          ),
        );
        expect(shown.join()).not.toContain(password);
        expect(shown.join()).not.toContain('DATABASE_URL');
      }
    },
  );

  test('RAT_HOME is closed to other users, even when it was open before', async () => {
    await launchUntilReady();
    expect((await stat(home)).mode & 0o007).toBe(0);
    for (const name of ['run', 'logs', 'postgres']) {
      expect((await stat(join(home, name))).mode & 0o077).toBe(0);
    }
    for (const name of ['warehouse', 'landing', 'tmp']) {
      expect((await stat(join(home, name))).mode & 0o027).toBe(0);
    }
  });

  test('the readiness check reports how the runner confines its executors', async () => {
    await launchUntilReady();
    const answer = readiness.parse(
      await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json(),
    );
    expect(SANDBOX_LEVELS).toContain(answer.sandbox);
    const log = await readFile(join(home, 'logs', 'runner-1.log'), 'utf8');
    expect(log).toContain(`"sandbox":"${answer.sandbox}"`);
  });

  test('a second launcher of the same home is refused with the first one’s process id', async () => {
    const first = await launchUntilReady();
    const second = launch();
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain(`already running in ${home} (process ${first.pid})`);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });

  test('a port in use is reported in one line, before anything starts', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
    const launcher = launch();
    expect(await launcher.exited).toEqual({ code: 1, signal: null });
    squatter.close();
    expect(launcher.output()).toBe(
      `port ${port} at 127.0.0.1 is taken by another program; set PORT to a free one`,
    );
    expect(existsSync(join(home, 'postgres'))).toBe(false);
  });

  test.each([
    ['lies below a file', 'file/home', 'a file is where a folder should be (ENOTDIR)'],
    ['has a name that is too long', 'n'.repeat(300), 'the path is too long (ENAMETOOLONG)'],
  ])(
    'a RAT_HOME that %s is reported in one plain line with exit code 1',
    async (_, path, meaning) => {
      await writeFile(join(home, 'file'), '');
      const launcher = launch({ RAT_HOME: join(home, path) });
      expect(await launcher.exited).toEqual({ code: 1, signal: null });
      expect(launcher.output()).toContain(meaning);
      expect(launcher.output().trim().split('\n')).toHaveLength(1);
    },
  );

  test('an address that this machine lacks is reported in one plain line with exit code 1', async () => {
    const launcher = launch({ HOST: '203.0.113.7' });
    expect(await launcher.exited).toEqual({ code: 1, signal: null });
    expect(launcher.output()).toContain('this machine has no such address');
    expect(launcher.output()).not.toMatch(/\n\s+at /);
  });

  test('an address that other machines can reach is refused without sign-in, with the two ways out', async () => {
    const launcher = launch({ HOST: '0.0.0.0' });
    expect(await launcher.exited).toEqual({ code: 1, signal: null });
    expect(launcher.output()).toMatch(
      /sign-in is off: .* Set RAT_ADMIN_TOKEN .*; or set HOST to 127\.0\.0\.1\./,
    );
    expect(launcher.output()).not.toMatch(/\n\s+at /);
  });

  test('with RAT_ADMIN_TOKEN other machines can reach the API, and strangers get a 401', async () => {
    const token = 'a-token-of-an-administrator-0123456789';
    const folder = 'examples/flights';
    const launcher = launch({
      HOST: '0.0.0.0',
      RAT_ADMIN_TOKEN: token,
      RAT_PIPELINES_DIR: folder,
    });
    await launcher.waitForLine(/^WARNING: 0\.0\.0\.0:\d+ .*clear text/, READY_MS);
    // The launcher itself signs in, to put the pipelines in place.
    await launcher.waitForLine(/^pipelines … \d+ from /, READY_MS);
    await launcher.waitForLine(/^ready /, READY_MS);
    const runs = `http://127.0.0.1:${port}/api/v1/runs`;
    expect((await fetch(runs)).status).toBe(401);
    expect((await fetch(runs, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(launcher.output()).not.toContain(token);
  });

  test('the start after a kill -9 ends the processes that were left running', async () => {
    const killed = await launchUntilReady();
    const before = await recorded();
    killed.kill('SIGKILL');
    await killed.exited;
    await launchUntilReady();
    for (const identity of before) expect(await isAlive(identity)).toBe(false);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });

  test('a killed Postgres is restarted, and the services keep working', async () => {
    const launcher = await launchUntilReady();
    process.kill(await postgresPid(), 'SIGKILL');
    await launcher.waitForLine(/^Postgres ended, starting it again/);
    await eventually(
      'ready again',
      async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok,
      READY_MS,
    );
    launcher.kill('SIGTERM');
    expect(await launcher.exited).toEqual({ code: 0, signal: null });
  });

  test('a service that ends unexpectedly is restarted', async () => {
    const launcher = await launchUntilReady();
    const api = JSON.parse(
      await readFile(join(home, 'run', 'api.json'), 'utf8'),
    ) as ProcessIdentity;
    process.kill(api.pid, 'SIGKILL');
    await launcher.waitForLine(/^api ended \(SIGKILL\), starting it again/);
    await eventually('the API is back', async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return response.ok;
    });
  });
});

/** Every descendant of this process. */
async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim() === '' ? [] : text.trim().split(' ').map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}
