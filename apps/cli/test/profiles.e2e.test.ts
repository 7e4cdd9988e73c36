import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startCli, type Ended } from './start-cli.ts';

// Each command is a process of its own, and a test starts several.
jest.setTimeout(90_000);

/** An API that knows one token, with the tokens that it was sent. */
interface Api {
  url: string;
  sent: (string | undefined)[];
  server: Server;
}

let folder: string;
let staging: Api;
let production: Api;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-profiles-'));
  [staging, production] = await Promise.all([openApi('staging'), openApi('production')]);
});
afterEach(async () => {
  for (const { server } of [staging, production]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

async function openApi(name: string): Promise<Api> {
  const sent: Api['sent'] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    sent.push(authorization?.replace('Bearer ', ''));
    const isRight = authorization === `Bearer of-${name}`;
    const session = { sign_in: true, name, role: 'viewer', namespaces: null };
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRight ? session : { error: { message: 'no' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent, server };
}

function rat(
  args: string[],
  options: { input?: string; more?: Record<string, string> } = {},
): Promise<Ended> {
  return startCli(args, { url: '', folder, ...options }).ended;
}

async function signIn(): Promise<void> {
  const first = await rat(['login', '--url', staging.url], { input: 'of-staging' });
  const named = ['login', '--profile', 'production', '--url', production.url];
  const second = await rat(named, { input: 'of-production' });
  expect([first, second]).toMatchObject([{ code: 0 }, { code: 0 }]);
}

const whoami = async (args: string[] = [], more: Record<string, string> = {}): Promise<string> =>
  (await rat(['whoami', '--quiet', ...args], { more })).out.trim();

test('an option, the environment and `profile use` choose among stored servers, in this order', async () => {
  await signIn();
  expect(await whoami()).toBe('staging');
  expect(await whoami(['--profile', 'production'])).toBe('production');
  expect(await whoami([], { RAT_PROFILE: 'production' })).toBe('production');
  expect(await whoami(['--profile', 'default'], { RAT_PROFILE: 'production' })).toBe('staging');
  expect(await rat(['profile', 'use', 'production'])).toMatchObject({ code: 0 });
  expect(await whoami()).toBe('production');
  const { out } = await rat(['profile', '--json']);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { name: 'default', url: staging.url, current: false },
    { name: 'production', url: production.url, current: true },
  ]);
});

test('the profile that an option names wins over the server and the token of the environment', async () => {
  await signIn();
  const more = { RAT_API_URL: staging.url, RAT_TOKEN: 'of-staging' };
  expect(await whoami(['--profile', 'production'], more)).toBe('production');
  expect(await whoami([], more)).toBe('staging');
  const shown = await rat(['profile', 'show', '--profile', 'production', '--json'], { more });
  expect(JSON.parse(shown.out)).toEqual({
    name: 'production',
    url: production.url,
    token: 'rat login',
  });
  expect(production.sent).not.toContain('of-staging');
});

test('a profile that does not exist reaches no server', async () => {
  await signIn();
  const count = staging.sent.length + production.sent.length;
  const commands = [['whoami'], ['runs'], ['api', '/x'], ['logout'], ['profile', 'show']];
  for (const command of commands) {
    const { code, err } = await rat([...command, '--profile', 'typo']);
    expect({ command, code, err }).toEqual({
      command,
      code: 4,
      err: 'error: there is no profile typo: rat profile list shows yours, rat login --profile typo makes it\n',
    });
  }
  expect((await rat(['runs'], { more: { RAT_PROFILE: 'typo' } })).code).toBe(4);
  expect((await rat(['profile', 'use', 'typo'])).code).toBe(4);
  expect((await rat(['runs', '--profile', '../x'])).code).toBe(2);
  expect(staging.sent.length + production.sent.length).toBe(count);
});

test('logout forgets one profile, and the file of the others stays that of its user', async () => {
  await signIn();
  await rat(['profile', 'use', 'production']);
  const file = join(folder, 'rat/login.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await rat(['logout'])).code).toBe(0);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    url: staging.url,
    token: 'of-staging',
  });
  expect(await whoami()).toBe('staging');
  await rat(['logout']);
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test('the login of an earlier version is the default profile', async () => {
  await signIn();
  const file = join(folder, 'rat/login.json');
  await writeFile(file, JSON.stringify({ url: staging.url, token: 'of-staging' }));
  expect(await whoami()).toBe('staging');
  expect((await rat(['profile', 'list', '--quiet'])).out).toBe('default\n');
});
