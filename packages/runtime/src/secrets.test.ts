import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EnvError } from './env.ts';
import { HANDOVER, hideSecrets, receiveEnvironment, splitEnvironment } from './secrets.ts';

const URL = 'postgresql://rat:hunter2@db:5432/rat';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rat-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(content: string): string {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
}

describe('splitEnvironment', () => {
  test('settings and what programs need to start are plain, and everything else is handed over', () => {
    const env = { PATH: '/bin', RAT_HOME: '/data', PORT: '1', LC_ALL: 'C', NODE_OPTIONS: '-r x' };
    const secret = { DATABASE_URL: URL, REDIS_URL: 'redis://x', PGPASSWORD: 'x', AWS_SECRET: 'x' };
    expect(splitEnvironment({ ...env, ...secret, UNSET: undefined })).toEqual({
      plain: env,
      secret,
    });
  });

  test('a setting of ours with the name of a secret is handed over', () => {
    for (const name of ['RAT_API_TOKEN', 'RAT_DOOR_KEY', 'RAT_PASSWORD', 'RAT_S3_SECRET']) {
      expect(splitEnvironment({ [name]: 'x' })).toEqual({ plain: {}, secret: { [name]: 'x' } });
    }
  });
});

describe('receiveEnvironment', () => {
  test('a variable’s file takes its place, without the white space around', () => {
    const env = receiveEnvironment({ DATABASE_URL_FILE: file(`${URL}\n`) });
    expect(env['DATABASE_URL']).toBe(URL);
  });

  test('a variable and its file together are an error that names both', () => {
    const both = { REDIS_URL: 'redis://x', REDIS_URL_FILE: file('redis://y') };
    expect(() => receiveEnvironment(both)).toThrow(/REDIS_URL_FILE: REDIS_URL is set too/);
  });

  test('a file that is missing or empty is an error that names the variable and not the path', () => {
    const missing = { DATABASE_URL_FILE: join(folder, 'nowhere') };
    expect(() => receiveEnvironment(missing)).toThrow(EnvError);
    expect(() => receiveEnvironment(missing)).toThrow(/^DATABASE_URL_FILE: .*\(ENOENT\)$/);
    const empty = { DATABASE_URL_FILE: file(' \n') };
    expect(() => receiveEnvironment(empty)).toThrow(
      'DATABASE_URL_FILE: the file that it names is empty',
    );
  });

  test('what was handed over is added, and what libraries look for themselves is put into the environment', () => {
    const started = {
      PATH: '/bin',
      [HANDOVER]: file(JSON.stringify({ DATABASE_URL: URL, PGUSER: 'x' })),
    };
    expect(receiveEnvironment(started)).toMatchObject({ PATH: '/bin', DATABASE_URL: URL });
    expect(started).toEqual({ PATH: '/bin', PGUSER: 'x' });
  });
});

describe('hideSecrets', () => {
  const started = { execPath: '/node', execArgv: ['--flag'], argv: ['/node', '/main.js', 'word'] };

  test('where Node can, the process starts again without secrets, which lie in a file for it alone', () => {
    const calls: { args: string[]; env: Record<string, string>; mode: number }[] = [];
    const execve = (_: string, args: string[], env: Record<string, string>): void => {
      const handover = env[HANDOVER] ?? '';
      calls.push({ args, env, mode: statSync(handover).mode & 0o777 });
      expect(JSON.parse(readFileSync(handover, 'utf8'))).toEqual({ DATABASE_URL: URL });
    };
    hideSecrets({ ...started, env: { RAT_HOME: '/data', DATABASE_URL: URL }, execve });
    const [call] = calls;
    expect(call?.args).toEqual(['/node', '--flag', '/main.js', 'word']);
    expect(call?.mode).toBe(0o600);
    expect(Object.keys(call?.env ?? {})).toEqual(['RAT_HOME', HANDOVER]);
    // The new process removes it; here the call came back, which says that the system could not.
    expect(existsSync(dirname(call?.env[HANDOVER] ?? ''))).toBe(false);
  });

  test('where Node cannot, the names that stay readable are answered', () => {
    expect(hideSecrets({ ...started, env: { DATABASE_URL: URL } })).toEqual(['DATABASE_URL']);
  });

  test('without a secret in the environment nothing happens', () => {
    const execve = (): void => {
      throw new Error('started again');
    };
    expect(hideSecrets({ ...started, env: { DATABASE_URL: '', PATH: '/bin' }, execve })).toEqual(
      [],
    );
  });
});
