import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const dockerfile = read('apps/Dockerfile');
const compose = read('docker-compose.yml');

/** `@rat/api` → its folder, and the rooms that it needs at run time. */
const rooms = new Map(
  ['apps', 'packages'].flatMap((floor) =>
    readdirSync(join(ROOT, floor))
      .map((name) => `${floor}/${name}`)
      .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
      .map((folder) => {
        const manifest = JSON.parse(read(`${folder}/package.json`)) as {
          name: string;
          dependencies?: Record<string, string>;
        };
        const needs = Object.keys(manifest.dependencies ?? {});
        return [manifest.name, { folder, needs: needs.filter((one) => one.startsWith('@rat/')) }];
      }),
  ),
);

/** The folders of these rooms and of all that they need. */
function foldersOf(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const room = rooms.get(name);
    if (room === undefined || found.has(room.folder)) continue;
    found.add(room.folder);
    foldersOf(room.needs, found);
  }
  return found;
}

test('the image installs from the manifest of every room, as the lock file demands', () => {
  const [beforeInstall = ''] = dockerfile.split('RUN npm ci');
  for (const { folder } of rooms.values()) {
    expect(beforeInstall).toContain(`\nCOPY ${folder}/package.json ${folder}/\n`);
  }
  expect(beforeInstall).not.toMatch(/^COPY (\.|apps|packages) /m);
});

test('the image holds the rooms that the API and the runner need, and no other', () => {
  const [, list = ''] = /for room in ([^;]+);/.exec(dockerfile) ?? [];
  const copied = list.split(/[\s\\]+/).filter((word) => word !== '');
  expect(copied.toSorted()).toEqual([...foldersOf(['@rat/api', '@rat/runner'])].toSorted());
});

test('the image has the commit and the time of its build, and empty texts where these are not given', () => {
  const [, command = ''] = /^RUN (printf .+) > \/image\/build\.json$/m.exec(dockerfile) ?? [];
  const build = (env: Record<string, string>): unknown =>
    JSON.parse(execFileSync('sh', ['-c', command], { env, encoding: 'utf8' }));
  const given = { GIT_COMMIT: 'abcdef0', BUILD_TIME: '2026-02-12T14:00:00Z' };
  expect(build(given)).toEqual({ git_commit: 'abcdef0', build_time: '2026-02-12T14:00:00Z' });
  expect(build({})).toEqual({ git_commit: '', build_time: '' });
});

test('compose has no password of its own, and refuses to start without one', () => {
  const uses = [...compose.matchAll(/\$\{POSTGRES_PASSWORD([^}]*)\}/g)].map(([, rest]) => rest);
  expect(uses).toHaveLength(2);
  for (const use of uses) expect(use).toMatch(/^:\?./);
});

test.each([
  ['RAT_ADMIN_TOKEN', 'admin_token'],
  ['RAT_SECRET_KEY', 'secret_key'],
])('compose has no %s of its own, and only the API gets it, as a file', (name, file) => {
  const uses = [...compose.matchAll(new RegExp(`\\$\\{${name}([^}]*)\\}`, 'g'))];
  expect(uses.map(([, rest]) => rest)).toEqual([expect.stringMatching(/^:\?./)]);
  const [api = '', runner = ''] = compose.split(/^ {2}runner:$/m);
  expect(api).toContain(`${name}_FILE: /run/${file}`);
  const [ofRunner = ''] = runner.split(/^configs:$/m);
  expect(ofRunner).not.toContain(file);
});

test('compose gives the secret of an identity provider to the API as a file, and refuses to start without its settings', () => {
  const oidc = read('docs/operations/compose-oidc.yaml');
  expect(oidc).toContain('RAT_OIDC_CLIENT_SECRET_FILE: /run/oidc_client_secret');
  for (const [, rest] of oidc.matchAll(/\$\{RAT_[A-Z_]+([^}]*)\}/g)) expect(rest).toMatch(/^:\?./);
  // A setting that no process reads would be a mistake of this file.
  const names = [...oidc.matchAll(/^ +(RAT_[A-Z_]+):/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(read('docs/configuration.md')).toContain(`\`${name}\``);
});

test('compose publishes the API on this machine only, unless RAT_PUBLISH_HOST names another address', () => {
  expect(compose).toContain("- '${RAT_PUBLISH_HOST:-127.0.0.1}:${PORT:-8080}:8080'");
  expect(compose).not.toContain('${HOST');
});

test('compose builds one image, which both services name', () => {
  // Below one service: in the part that both share, each would build it.
  const [shared = '', services = ''] = compose.split(/^services:$/m);
  expect(shared).not.toContain('build:');
  expect(services.match(/^ {4}build:/gm)).toHaveLength(1);
  expect(compose.match(/<<: \*service$/gm)).toHaveLength(2);
});
