import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { chmod, link, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SandboxLevel } from '@rat/contracts';
import { chooseExecutorUser, createLogger } from '@rat/runtime';
import { BWRAP, eventually, findForSuite } from '@rat/testing';
import { executeCommand } from '../../test/execute-command.ts';
import { createExecutorPool, type ExecutionHooks } from '../executor/executor-pool.ts';
import { childEnd, Children, type Child } from './children.ts';
import { chooseSandbox } from './choose-sandbox.ts';
import { ForeignFileError } from './lend-folder.ts';
import { openFolders } from './open-children.ts';

const SPY = new URL('../../test/sandbox-spy.mjs', import.meta.url);
// Children are processes of their own and read no TypeScript, so they run from the build.
const PROBE = new URL('../../dist/child-process/probe-main.js', import.meta.url);
const EXECUTOR = new URL('../../dist/execution/child-main.js', import.meta.url);
const SECRET = 'postgresql://rat:hunter2@127.0.0.1:5432/rat';

const isRoot = process.getuid?.() === 0;
const hasBwrap = (await findForSuite(BWRAP)) !== undefined;
const log = createLogger('test', { level: 'silent' });

/** The answer of a spy process. */
interface Found {
  uid: number;
  gid: number;
  groups: number[];
  noNewPrivs: string;
  capabilities: string[];
  seccomp: string;
  core: string[];
  environments: string;
  read: string[];
  write: string[];
  reached?: string;
}

let home: string;
let children: Child[];
/**
 * A process of our own user with a secret in its environment, like a runner that was started by
 * hand.
 */
let neighbour: ChildProcess;
let server: Server;
let port: number;

beforeAll(async () => {
  const env = { DATABASE_URL: SECRET };
  neighbour = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { env });
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => {
  neighbour.kill('SIGKILL');
  server.close();
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rat-sandbox-'));
  children = [];
  await put('postgres/PG_VERSION');
  await put('secrets/door.json');
  await put('postgres.password');
  await put('logs/runner-1.log');
  await put('warehouse/shop/bronze/orders/data/run_a_1/data_0.parquet');
  await put('landing/shop/orders/today.csv');
  // The modes that the Postgres folder and files with secrets have.
  for (const folder of ['postgres', 'secrets', 'logs']) await chmod(join(home, folder), 0o700);
  await chmod(join(home, 'postgres.password'), 0o600);
});
afterEach(async () => {
  for (const child of children) {
    child.process.kill('SIGKILL');
    if (child.process.exitCode === null && child.process.signalCode === null) {
      await once(child.process, 'exit');
    }
  }
  await rm(home, { recursive: true, force: true });
});

async function put(path: string): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), 'content');
}

const places = () => ({
  warehouse: join(home, 'warehouse'),
  landing: join(home, 'landing'),
  temp: join(home, 'tmp', 'runner'),
});

/** Prepares the folders as a runner does, and starts children at this level, or fails. */
async function openAt(level: SandboxLevel): Promise<Children> {
  const user = level.includes('user') ? chooseExecutorUser(undefined) : undefined;
  const options = { user, bwrap: level.startsWith('bwrap'), places: places() };
  await openFolders(home, places(), user);
  const { sandbox, refused } = await chooseSandbox({ ...options, probeEntry: PROBE });
  expect({ level: sandbox.level, refused }).toMatchObject({ level });
  return new Children(sandbox);
}

async function startSpy(starter: Children, access: 'read' | 'write' = 'write'): Promise<Child> {
  const child = starter.start(SPY, access);
  children.push(child);
  await once(child.process, 'message');
  return child;
}

async function ask(child: Child, attempts: object): Promise<Found> {
  const answer = once(child.process, 'message');
  child.process.send(attempts);
  const [found] = await answer;
  return found as Found;
}

const inHome = (...paths: string[]) => paths.map((path) => join(home, path));
const ORDERS = 'warehouse/shop/bronze/orders/data';
const PUBLISHED = `${ORDERS}/run_a_1/data_0.parquet`;

/** Without bwrap, a child of another user must be able to pass every folder above the code. */
const canOthersReachCode = foldersAbove(fileURLToPath(PROBE)).every(
  (folder) => (statSync(folder).mode & 0o001) !== 0,
);
const withUser: SandboxLevel[] = isRoot
  ? [
      ...(canOthersReachCode ? (['user'] as const) : []),
      ...(hasBwrap ? (['bwrap+user'] as const) : []),
    ]
  : [];
const withBwrap: SandboxLevel[] = hasBwrap
  ? ['bwrap', ...(isRoot ? (['bwrap+user'] as const) : [])]
  : [];
const all = [...new Set([...withUser, ...withBwrap])];

if (isRoot && !canOthersReachCode) {
  test('where other users cannot reach the code, children run as the runner’s user, and the choice gives the reason', async () => {
    const user = chooseExecutorUser(undefined);
    await openFolders(home, places(), user);
    const options = { user, bwrap: false, places: places(), probeEntry: PROBE };
    const { sandbox, refused } = await chooseSandbox(options);
    expect(sandbox.level).toBe('process');
    expect(JSON.stringify(refused)).not.toBe('[]');
  });
}

describe.each(all)('at the level %s', (level) => {
  test('a child finds no secret in the environment of any process', async () => {
    const found = await ask(await startSpy(await openAt(level)), {});
    expect(found.environments).toContain('TZ=UTC');
    expect(found.environments).not.toContain('hunter2');
    expect(found.environments).not.toContain('DATABASE_URL');
  });

  test('a child can gain no privilege, holds no capability and dumps no core', async () => {
    const found = await ask(await startSpy(await openAt(level)), {});
    const none = '0000000000000000';
    expect(found).toMatchObject({ noNewPrivs: '1', capabilities: [none, none, none, none] });
    expect(found.core).toEqual(['0', '0']);
  });

  test('a child reads tables and landing files, and nothing else of RAT_HOME', async () => {
    const child = await startSpy(await openAt(level));
    const open = await ask(child, { read: inHome(PUBLISHED, 'landing/shop/orders/today.csv') });
    expect(open.read).toEqual(['read', 'read']);
    const closed = inHome('postgres', 'secrets', 'secrets/door.json', 'logs', 'postgres.password');
    const { read } = await ask(child, { read: closed });
    // The path is refused by its mode or is absent, depending on the level.
    expect(read.map((code) => /^(EACCES|ENOENT)$/.test(code))).toEqual(closed.map(() => true));
  });

  test('a child cannot write a landing file or a new one beside it', async () => {
    const child = await startSpy(await openAt(level));
    const paths = inHome('landing/shop/orders/today.csv', 'landing/shop/orders/more.csv');
    const { write } = await ask(child, { write: paths });
    for (const code of write) expect(code).toMatch(/^(EACCES|EROFS)$/);
  });

  test('a child that answers queries cannot write a table', async () => {
    const child = await startSpy(await openAt(level), 'read');
    const { write } = await ask(child, { write: inHome(PUBLISHED, `${ORDERS}/new.parquet`) });
    for (const code of write) expect(code).toMatch(/^(EACCES|EROFS)$/);
  });
});

describe.each([...all, 'process' as const])('at the level %s', (level) => {
  test('an aborted child is distinguished from a killed one, and its real process is known', async () => {
    const starter = await openAt(level);
    for (const name of ['SIGABRT', 'SIGKILL', 'SIGSEGV'] as const) {
      const child = await startSpy(starter);
      const ended = once(child.process, 'exit');
      process.kill(child.pid ?? 0, name);
      const [code, signal] = await ended;
      expect(childEnd(code, signal)).toEqual({ code: null, signal: name });
    }
  });

  const ways = ['the last', 'the first'] as const;
  test.each(ways)(
    'SIGKILL to %s process of a child’s chain ends the one that does the work',
    async (way) => {
      const child = await startSpy(await openAt(level));
      const { pid } = child;
      const ends = [once(child.process, 'exit')];
      if (child.process.stderr !== null) ends.push(once(child.process.stderr.resume(), 'close'));
      if (way === 'the last') child.kill('SIGKILL');
      else child.process.kill('SIGKILL');
      await Promise.all(ends);
      await eventually('the process that does the work is gone', () => !isAlive(pid ?? 0));
    },
  );

  test('a run is executed, and its files belong to the runner once they are staged', async () => {
    const pool = createExecutorPool({
      size: 1,
      recycleAfterRuns: 10,
      log,
      childEntry: EXECUTOR,
      children: await openAt(level),
    });
    const stagingDir = join(home, ORDERS, 'run_b_1');
    await mkdir(stagingDir);
    let owner: number | undefined;
    const hooks: ExecutionHooks = {
      onLog: () => undefined,
      onPhase: () => undefined,
      onQuality: () => undefined,
      resolveInputs: () => Promise.reject(new Error('nothing was wanted')),
      onStaged: async (staged) => {
        const files = staged.form === 'files' ? staged.files : [];
        owner = (await lstat(new URL(files[0]?.path ?? ''))).uid;
        return { type: 'audit' };
      },
    };
    const command = executeCommand(home, {
      sql: 'select 1 as n',
      tableUri: pathToFileURL(join(home, 'warehouse/shop/bronze/orders')).href,
      stagingDir,
      tempDir: join(places().temp, 'run_b_1'),
    });
    try {
      const outcome = await pool.execute(command, hooks, new AbortController().signal);
      expect(outcome).toMatchObject({ kind: 'finished', rows: 1 });
      expect(owner).toBe(process.getuid?.());
    } finally {
      await pool.close();
    }
  });
});

describe.each(withUser)('at the level %s', (level) => {
  test('each child runs as a user that no other child has', async () => {
    const starter = await openAt(level);
    const [one, other] = [
      await ask(await startSpy(starter), {}),
      await ask(await startSpy(starter), {}),
    ];
    expect(new Set([process.getuid?.(), one.uid, other.uid]).size).toBe(3);
    expect(one.groups.filter((group) => group !== one.gid)).toEqual([]);
  });

  test('a child writes the folders that it was lent, and no other table, attempt or child’s folder', async () => {
    const starter = await openAt(level);
    const [child, sibling] = [await startSpy(starter), await startSpy(starter)];
    const [mine = '', theirs = ''] = inHome(`${ORDERS}/run_b_1`, `${ORDERS}/run_c_1`);
    await child.lend([mine]);
    await sibling.lend([theirs]);
    const { write } = await ask(child, {
      write: [
        join(mine, 'data_0.parquet'),
        join(theirs, 'data_0.parquet'),
        ...inHome(PUBLISHED, `${ORDERS}/x`, 'warehouse/x', 'tmp/runner/x', 'x', 'landing/x'),
      ],
    });
    expect(write[0]).toBe('written');
    for (const code of write.slice(1)) expect(code).toMatch(/^(EACCES|EROFS|ENOENT)$/);
  });

  test('a child changes nothing in a folder that was taken back, and still reads it', async () => {
    const child = await startSpy(await openAt(level));
    const [folder = ''] = inHome(`${ORDERS}/run_b_1`);
    const [file, inner] = [join(folder, 'data_0.parquet'), join(folder, 'year=2026')];
    await child.lend([folder]);
    await ask(child, { write: [file] });
    await mkdir(inner);
    await child.takeBack(folder);
    const found = await ask(child, {
      write: [file, join(folder, 'more'), join(inner, 'more')],
      read: [file],
    });
    expect(found).toMatchObject({ write: ['EACCES', 'EACCES', 'EACCES'], read: ['read'] });
    expect((await lstat(file)).mode & 0o777).toBe(0o640);
  });

  test('a folder that holds a link or a file with two names is not accepted as a result', async () => {
    const child = await startSpy(await openAt(level));
    const [linked = '', named = '', published = ''] = inHome(
      `${ORDERS}/run_b_1`,
      `${ORDERS}/run_c_1`,
      PUBLISHED,
    );
    await child.lend([linked, named]);
    await symlink(published, join(linked, 'data_0.parquet'));
    await link(published, join(named, 'data_0.parquet'));
    await expect(child.takeBack(linked)).rejects.toThrow(ForeignFileError);
    await expect(child.takeBack(named)).rejects.toThrow(ForeignFileError);
  });
});

describe.each(withBwrap)('at the level %s', (level) => {
  test('a child has no network, sees no other process and cannot trace one', async () => {
    const found = await ask(await startSpy(await openAt(level)), {
      port,
      read: ['/etc/passwd', '/home', '/root', `/proc/${process.pid}`],
      write: ['/x', '/tmp/x', '/dev/x', '/usr/x', join(home, 'x')],
    });
    expect(found.reached).toMatch(/^(ENETUNREACH|ECONNREFUSED)$/);
    expect(found.read).toEqual(['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT']);
    for (const code of found.write) expect(code).toMatch(/^(EROFS|EACCES|ENOENT)$/);
    expect(found.seccomp).toBe('2');
  });
});

test('where no sandbox works, the choice is an ordinary process with the reasons', async () => {
  const options = { user: undefined, bwrap: false, places: places() };
  await mkdir(places().temp, { recursive: true });
  const { sandbox, refused } = await chooseSandbox({ ...options, probeEntry: PROBE });
  expect(sandbox.level).toBe('process');
  expect(refused).toHaveLength(2);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}
