import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let count = 0;

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

const pathOf = (name: string): string => `/api/v1/pipelines/default/silver/${name}`;
const reading = (other: string): object => ({ sql: `SELECT * FROM {{ ref('silver.${other}') }}` });
const PLAIN = { sql: 'SELECT 1 AS n' };

/** A write that makes a version which reads `other`: what comes before it, and the request itself. */
interface Writer {
  prepare: (name: string, other: string) => Promise<unknown>;
  write: (name: string, other: string) => PromiseLike<{ status: number }>;
}

const put = (name: string, body: object) => http.put(pathOf(name)).send(body);

const WRITERS: Record<string, Writer> = {
  PUT: { prepare: async () => undefined, write: (name, other) => put(name, reading(other)) },
  publish: {
    prepare: (name, other) =>
      http
        .put(`${pathOf(name)}/draft`)
        .send(reading(other))
        .expect(201),
    write: (name) => http.post(`${pathOf(name)}/publish`),
  },
  restore: {
    prepare: async (name, other) => {
      await put(name, reading(other)).expect(201);
      await put(name, PLAIN).expect(200);
    },
    write: (name) => http.post(`${pathOf(name)}/versions/1/restore`),
  },
  'a PUT of a deleted pipeline': {
    prepare: async (name, other) => {
      await put(name, reading(other)).expect(201);
      await http.delete(pathOf(name)).expect(204);
    },
    write: (name, other) => put(name, reading(other)),
  },
};

describe.each([
  ['PUT', 'PUT', 40],
  ['PUT', 'publish', 10],
  ['PUT', 'restore', 10],
  ['publish', 'restore', 10],
  ['a PUT of a deleted pipeline', 'a PUT of a deleted pipeline', 10],
] as const)('%s beside %s, %d times', (one, another, times) => {
  test('of two writes at once whose refs would make a cycle exactly one is carried out', async () => {
    const [first, second] = [WRITERS[one], WRITERS[another]];
    if (first === undefined || second === undefined) throw new Error('no such writer');
    const outcomes: string[] = [];
    for (let round = 0; round < times; round += 1) {
      const [a, b] = [`a${count}`, `b${count}`];
      count += 1;
      await first.prepare(a, b);
      await second.prepare(b, a);
      const answers = await Promise.all([first.write(a, b), second.write(b, a)]);
      const statuses = answers.map(({ status }) => (status < 300 ? 'stored' : `${status}`));
      const [readsB, readsA] = await Promise.all([reads(a, b), reads(b, a)]);
      outcomes.push(`${statuses.toSorted().join(' ')} ${readsB !== readsA ? 'no cycle' : 'wrong'}`);
    }
    expect(new Set(outcomes)).toEqual(new Set(['422 stored no cycle']));
  }, 120_000);
});

/** Whether the current version of a pipeline reads another one. */
async function reads(name: string, other: string): Promise<boolean> {
  const { status, body } = await http.get(pathOf(name));
  return status === 200 && String(body.sql).includes(`silver.${other}'`);
}

test('three writes at once whose refs would make one cycle are not all carried out', async () => {
  for (let round = 0; round < 10; round += 1) {
    const names = ['x', 'y', 'z'].map((letter) => `${letter}${count}`);
    count += 1;
    const answers = await Promise.all(
      names.map((name, n) => put(name, reading(names[(n + 1) % 3] ?? ''))),
    );
    const statuses = answers.map(({ status }) => status).toSorted((p, q) => p - q);
    expect(statuses).toEqual([201, 201, 422]);
  }
});

test('many pipelines that are stored at once do not wait for each other for long', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => put(`many_${n}`, reading(`many_${n + 1}`))),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
});
