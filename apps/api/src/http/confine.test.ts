import { expect, test } from '@jest/globals';
import { OPERATIONS, type Access, type Operation } from '@rat/contracts';
import { z } from 'zod';
import type { Caller } from './caller.ts';
import { confine } from './confine.ts';

function callerOf(namespaces: string[] | undefined, found: string[] = []): Caller {
  return {
    principal: { name: 'ada', role: 'operator', namespaces },
    credential: undefined,
    onRightEnded: () => () => undefined,
    assertHolds: async () => undefined,
    places: {
      ofRuns: async () => found,
      ofGroup: async () => found,
      ofSchedule: async () => found,
      ofTrigger: async () => found,
      ofPlan: async () => found,
      ofToken: async () => found,
    },
  };
}

type Place = Exclude<Access, 'anyone'>['namespace'];

/** An operation that has what its declaration speaks of. */
const SHAPES: Partial<Record<Place, Partial<Operation>>> = {
  path: { path: '/api/v1/tables/{namespace}' },
  query: { query: z.strictObject({ namespace: z.string().optional() }) },
  run: { path: '/api/v1/runs/{id}/why' },
  schedule: { path: '/api/v1/schedules/{id}' },
  trigger: { path: '/api/v1/triggers/{id}' },
  file: { path: '/api/v1/files/{path}' },
  view: { path: '/api/v1/views' },
};

async function outcome(
  place: Place,
  given: { params?: object; query?: object; body?: object },
  caller = callerOf(['a']),
  shape = SHAPES[place],
): Promise<string> {
  const { params = {}, query = {}, body = {} } = given;
  const parts = { params: { ...params }, query: { ...query }, body: { ...body } };
  const access = { role: 'viewer', namespace: place } as const;
  try {
    await confine({ path: '/', access, ...shape }, caller, parts);
    return `allowed ${JSON.stringify(parts.query)}`;
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : 'no error';
  }
}

test.each<Place>(['path', 'query', 'run', 'schedule', 'trigger', 'file', 'view'])(
  'an operation that is wrongly declared as %s shows nothing to a principal with a limit',
  async (place) => {
    const given = { params: { id: 'x', namespace: 'a' }, query: { namespace: 'a' } };
    expect(await outcome(place, given, callerOf(['a']), {})).toMatch('ForbiddenError');
  },
);

test.each<[string, Place, Parameters<typeof outcome>[1], Caller, string]>([
  ['own view', 'view', { body: { query: { ns: 'a' } } }, callerOf(['a']), 'allowed'],
  ['view of all', 'view', { body: { query: {} } }, callerOf(['a']), 'allowed'],
  ['other view', 'view', { body: { query: { ns: 'c' } } }, callerOf(['a']), 'NotFoundError'],
  ['own path', 'path', { params: { namespace: 'a' } }, callerOf(['a', 'b']), 'allowed {}'],
  ['other path', 'path', { params: { namespace: 'c' } }, callerOf(['a', 'b']), 'NotFoundError'],
  [
    'a body without a namespace',
    'body',
    { body: { namespace: null } },
    callerOf(['a']),
    'InputError',
  ],
  ['own filter', 'query', { query: { namespace: 'a' } }, callerOf(['a']), 'allowed'],
  ['other filter', 'query', { query: { namespace: 'c' } }, callerOf(['a']), 'NotFoundError'],
  ['no filter, one namespace', 'query', {}, callerOf(['a']), 'allowed {"namespace":"a"}'],
  [
    'no filter, two namespaces',
    'query',
    {},
    callerOf(['a', 'b']),
    'allowed {"namespace":\\["a","b"\\]}',
  ],
  ['no filter, no namespace', 'query', {}, callerOf([]), 'allowed {"namespace":\\[\\]}'],
  ['own run', 'run', { params: { id: 'x' } }, callerOf(['a'], ['a']), 'allowed'],
  [
    'other run',
    'run',
    { params: { id: 'x' } },
    callerOf(['a'], ['c']),
    'NotFoundError run not found',
  ],
  ['unknown run', 'run', { params: { id: 'x' } }, callerOf(['a'], []), 'allowed'],
  ['own schedule', 'schedule', { params: { id: 'x' } }, callerOf(['a'], ['a']), 'allowed'],
  [
    'other schedule',
    'schedule',
    { params: { id: 'x' } },
    callerOf(['a'], ['c']),
    'NotFoundError schedule not found',
  ],
  ['own trigger', 'trigger', { params: { id: 'x' } }, callerOf(['a'], ['a']), 'allowed'],
  [
    'other trigger',
    'trigger',
    { params: { id: 'x' } },
    callerOf(['a'], ['c']),
    'NotFoundError trigger not found',
  ],
  ['own file', 'file', { params: { path: 'a/pipelines/x' } }, callerOf(['a']), 'allowed'],
  ['other file', 'file', { params: { path: 'aa/pipelines/x' } }, callerOf(['a']), 'NotFoundError'],
  ['own body', 'body', { body: { namespace: 'a' } }, callerOf(['a']), 'allowed'],
  ['other body', 'body', { body: { namespace: 'c' } }, callerOf(['a']), 'NotFoundError'],
  ['own ref', 'body', { body: { ref: { namespace: 'a' } } }, callerOf(['a']), 'allowed'],
  ['other ref', 'body', { body: { ref: { namespace: 'c' } } }, callerOf(['a']), 'NotFoundError'],
  [
    'own filter of runs',
    'runs',
    { body: { filter: { namespace: 'a' } } },
    callerOf(['a']),
    'allowed',
  ],
  [
    'a filter without a namespace',
    'runs',
    { body: { filter: { status: 'pending' } } },
    callerOf(['a']),
    'InputError',
  ],
  [
    'runs of own and other',
    'runs',
    { body: { ids: ['x', 'y'] } },
    callerOf(['a'], ['a', 'c']),
    'NotFoundError',
  ],
  [
    'a plan of another namespace',
    'runs',
    { body: { token: 'x' } },
    callerOf(['a'], ['c']),
    'NotFoundError',
  ],
  ['everything', 'all', {}, callerOf(['a']), 'ForbiddenError'],
  ['nothing', 'none', {}, callerOf(['a']), 'allowed'],
  ['no limit', 'query', { query: { namespace: 'c' } }, callerOf(undefined), 'allowed'],
])('%s is decided by the namespaces of the principal', async (_, place, given, caller, end) => {
  expect(await outcome(place, given, caller)).toMatch(
    new RegExp(`^${end.replaceAll(/[{}"]/g, '\\$&')}`),
  );
});

test.each([
  [undefined, ['a'], 'allowed {"prefix":"a/"}'],
  ['a', ['a'], 'allowed {"prefix":"a/"}'],
  [undefined, ['a', 'b'], 'allowed {"prefix":["a/","b/"]}'],
  ['a/pipelines/silver', ['a', 'b'], 'allowed {"prefix":"a/pipelines/silver"}'],
  ['aa', ['a'], 'NotFoundError not found in the namespaces of this token'],
  ['', ['a'], 'NotFoundError not found in the namespaces of this token'],
])('files that begin with %s are listed within %j', async (prefix, own, end) => {
  const list = { path: '/api/v1/files', query: z.strictObject({ prefix: z.string().optional() }) };
  const query = prefix === undefined ? {} : { prefix };
  expect(await outcome('file', { query }, callerOf(own), list)).toBe(end);
});

test('every operation has what its access speaks of', () => {
  for (const [id, { access, path, query }] of Object.entries<Operation>(OPERATIONS)) {
    if (access === 'anyone') continue;
    const { namespace } = access;
    const has = {
      path: path.includes('{namespace}'),
      run: path.startsWith('/api/v1/runs/{id}'),
      query: query instanceof z.ZodObject && 'namespace' in query.shape,
    };
    if (namespace in has) expect([id, has]).toEqual([id, { ...has, [namespace]: true }]);
  }
});
