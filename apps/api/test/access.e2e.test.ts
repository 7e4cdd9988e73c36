import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope, OPERATIONS, type Operation } from '@rat/contracts';
import { includesRole, ROLES, type Role } from '@rat/domain';
import type { Router } from 'express';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const OPERATION_LIST: [string, Operation][] = Object.entries(OPERATIONS);

let api: ApiFixture;
/** The `Authorization` of each caller; none for a stranger. */
const callers = new Map<string, string | undefined>([['stranger', undefined]]);

async function storeToken(role: Role, more = ''): Promise<string> {
  const token = `rat_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(token).digest();
  await api.db.pool.query(
    `INSERT INTO tokens (id, name, hash, role${more === '' ? '' : `, ${more.split(' = ')[0]}`})
     VALUES ($1, $2, $3, $4${more === '' ? '' : `, ${more.split(' = ')[1]}`})`,
    [randomUUID(), `${role} ${randomUUID()}`, hash, role],
  );
  return `Bearer ${token}`;
}

beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN_TOKEN });
  for (const role of ROLES) callers.set(role, await storeToken(role));
  callers.set('RAT_ADMIN_TOKEN', `Bearer ${ADMIN_TOKEN}`);
  callers.set('revoked', await storeToken('admin', 'revoked_at = now()'));
  callers.set('expired', await storeToken('admin', "expires_at = now() - interval '1 second'"));
  callers.set('unknown', `Bearer rat_${randomBytes(32).toString('base64url')}`);
  callers.set('another scheme', `Basic ${Buffer.from('a:b').toString('base64')}`);
}, 60_000);
afterAll(() => api.close());

const VALUES: Record<string, string> = {
  namespace: 'default',
  layer: 'silver',
  name: 'orders',
  id: '00000000-0000-4000-8000-000000000000',
  version: '1',
};

/** Sends a request without a body, and takes no more than the head of a stream. */
async function send(
  method: string,
  path: string,
  authorization: string | undefined,
): Promise<{ status: number; challenge: string | null; message: string | undefined }> {
  const filled = path.replaceAll(/[{:](\w+)\}?/g, (_all, name: string) => VALUES[name] ?? 'orders');
  const leave = new AbortController();
  const response = await fetch(`${api.url}${filled}`, {
    method: method.toUpperCase(),
    headers: authorization === undefined ? {} : { authorization },
    signal: leave.signal,
  });
  const { status } = response;
  const text = status >= 400 && method !== 'head' ? await response.text() : '';
  leave.abort();
  const parsed = text.startsWith('{"error"') ? errorEnvelope.parse(JSON.parse(text)) : undefined;
  const challenge = response.headers.get('www-authenticate');
  return { status, challenge, message: parsed?.error.message };
}

/** The statuses that the declaration of an operation documents for a principal who may use it. */
function documented({ answers, errors }: Operation): number[] {
  return [...Object.keys(answers).map(Number), ...errors, 400];
}

describe.each(OPERATION_LIST)('%s', (_id, operation) => {
  const { method, path, access } = operation;

  test.each(['stranger', 'revoked', 'expired', 'unknown', 'another scheme'])(
    'is answered 401 with a challenge to the caller %s, unless anyone may use it',
    async (caller) => {
      const answer = await send(method, path, callers.get(caller));
      if (access === 'anyone') {
        expect(documented(operation)).toContain(answer.status);
        // A delivery proves itself by its own token or signature.
        if (!operation.errors.includes(401)) expect(answer.challenge).toBeNull();
        return;
      }
      const invalid = caller === 'stranger' ? '' : ', error="invalid_token"';
      expect(answer).toEqual({
        status: 401,
        challenge: `Bearer realm="rat"${invalid}`,
        message: expect.any(String),
      });
    },
  );

  test.each(ROLES)('is answered to a token of the role %s as its access declares', async (role) => {
    const answer = await send(method, path, callers.get(role));
    if (access !== 'anyone' && !includesRole(role, access.role)) {
      expect(answer).toEqual({
        status: 403,
        challenge: null,
        message: expect.stringMatching(
          `^this needs the role ${access.role}; ${role} .* has the role ${role}$`,
        ),
      });
      return;
    }
    expect(documented(operation)).toContain(answer.status);
  });

  test('is answered to the token of the environment', async () => {
    const answer = await send(method, path, callers.get('RAT_ADMIN_TOKEN'));
    expect(documented(operation)).toContain(answer.status);
  });
});

test('no route is mounted that answers a stranger and is not declared for anyone', async () => {
  const { stack } = api.app.router as unknown as Router;
  const opened = OPERATION_LIST.filter(([, { access }]) => access === 'anyone');
  const named = (list: typeof opened): string[] =>
    list.map(([, { method, path }]) => `${method} ${path}`);
  const open = named(opened);
  const unproven = named(opened.filter(([, { errors }]) => !errors.includes(401)));
  let checked = 0;
  for (const { route } of stack) {
    if (route === undefined) continue;
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    for (const method of ['get', 'head', 'post', 'put', 'delete', 'patch', 'options']) {
      const { status } = await send(method, path, undefined);
      const isOpen = open.some((one) => one.endsWith(` ${path}`));
      expect([method, path, status === 401]).toEqual([method, path, !isOpen || status === 401]);
      if (unproven.includes(`${method} ${path}`)) expect(status).not.toBe(401);
      checked += 1;
    }
  }
  expect(checked).toBeGreaterThan(300);
}, 60_000);

test.each([
  ['get', '/no/such/route'],
  ['get', '/api/v1'],
  ['post', '/api/v1/runs/x/y/z'],
  ['options', '/api/v1/runs'],
  ['patch', '/api/v1/runs'],
  ['get', '/board'],
  ['get', '/board/api/queues'],
  ['get', '/board/static/favicon.svg'],
  ['head', '/board'],
  ['post', '/board/api/queues'],
  ['get', '/docs'],
  ['get', '/docs/init.js'],
  ['get', '/docs/swagger-ui-bundle.js'],
  ['get', '/docs/no-such-file'],
  ['post', '/docs'],
  ['get', '//api/v1/runs'],
  ['get', '/API/V1/RUNS'],
  ['get', '/api/v1/runs/'],
  ['get', '/openapi.json'],
])('%s %s tells a stranger nothing but 401', async (method, path) => {
  expect(await send(method, path, undefined)).toMatchObject({ status: 401 });
});

test('the board is for operators', async () => {
  expect(await send('get', '/board', callers.get('viewer'))).toMatchObject({ status: 403 });
  expect(await send('get', '/board', callers.get('operator'))).toMatchObject({ status: 200 });
});

test('the page of the API is for every principal', async () => {
  for (const role of ROLES) {
    expect(await send('get', '/docs', callers.get(role))).toMatchObject({ status: 200 });
  }
});
