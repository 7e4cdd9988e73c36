import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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
  test('splitEnvironment keeps settings and variables that programs need to start, and hands over all others', () => {
    const env = { PATH: '/bin', RAT_HOME: '/data', PORT: '1', LC_ALL: 'C', NODE_OPTIONS: '-r x' };
    const secret = { DATABASE_URL: URL, REDIS_URL: 'redis://x', PGPASSWORD: 'x', AWS_SECRET: 'x' };
    expect(splitEnvironment({ ...env, ...secret, UNSET: undefined })).toEqual({
      plain: env,
      secret,
    });
  });

  test('splitEnvironment hands over a RAT_ setting whose name is that of a secret', () => {
    for (const name of ['RAT_API_TOKEN', 'RAT_DOOR_KEY', 'RAT_PASSWORD', 'RAT_S3_SECRET']) {
      expect(splitEnvironment({ [name]: 'x' })).toEqual({ plain: {}, secret: { [name]: 'x' } });
    }
  });
});

describe('receiveEnvironment', () => {
  test('a variable is read from its file, without surrounding white space', () => {
    const { source, problems } = receiveEnvironment({ DATABASE_URL_FILE: file(`${URL}\n`) });
    expect(source['DATABASE_URL']).toBe(URL);
    expect(problems).toEqual([]);
  });

  test('setting a variable and its file is a problem that names both', () => {
    const both = { REDIS_URL: 'redis://x', REDIS_URL_FILE: file('redis://y') };
    expect(receiveEnvironment(both).problems).toEqual([
      { variable: 'REDIS_URL_FILE', message: 'REDIS_URL is set too; leave one of them out' },
    ]);
  });

  test('every file that cannot be read or is empty is a problem, without its path', () => {
    const { problems } = receiveEnvironment({
      DATABASE_URL_FILE: join(folder, 'missing'),
      RAT_ADMIN_TOKEN_FILE: file(' \n'),
    });
    expect(problems).toEqual([
      { variable: 'DATABASE_URL_FILE', message: 'the file that it names cannot be read (ENOENT)' },
      { variable: 'RAT_ADMIN_TOKEN_FILE', message: 'the file that it names is empty' },
    ]);
  });

  test('handed-over variables are added, and those that libraries read are also set in the environment', () => {
    const started = {
      PATH: '/bin',
      [HANDOVER]: file(JSON.stringify({ DATABASE_URL: URL, PGUSER: 'x' })),
    };
    expect(receiveEnvironment(started).source).toMatchObject({ PATH: '/bin', DATABASE_URL: URL });
    expect(started).toEqual({ PATH: '/bin', PGUSER: 'x' });
  });
});

describe('hideSecrets', () => {
  const started = { execPath: '/node', execArgv: ['--flag'], argv: ['/node', '/main.js', 'word'] };

  test('hideSecrets restarts the process without secrets where Node supports it, and hands them over in a private file', () => {
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
    // The new process would remove it; here execve returned, so the system does not support it.
    expect(existsSync(dirname(call?.env[HANDOVER] ?? ''))).toBe(false);
  });

  test('hideSecrets returns the names that stay readable where Node cannot restart', () => {
    expect(hideSecrets({ ...started, env: { DATABASE_URL: URL } })).toEqual(['DATABASE_URL']);
  });

  test('hideSecrets does nothing without a secret in the environment', () => {
    const execve = (): void => {
      throw new Error('started again');
    };
    expect(hideSecrets({ ...started, env: { DATABASE_URL: '', PATH: '/bin' }, execve })).toEqual(
      [],
    );
  });
});
