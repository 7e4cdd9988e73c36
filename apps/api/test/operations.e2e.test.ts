import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OPERATIONS, type Operation } from '@rat/contracts';
import { openApi, type ApiFixture } from './api-fixture.ts';

/** The parts of Express's router that the test reads. */
interface Layer {
  name: string;
  route?: { path: string };
}

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

let api: ApiFixture;

beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

test('every mounted route is an operation of the contract', () => {
  const { stack: layers } = api.app.router as unknown as { stack: Layer[] };
  const mounted = layers.flatMap(({ route }) => (route === undefined ? [] : [route.path]));
  const declared = Object.values(OPERATIONS).map(({ path, deep }: Operation) =>
    path.replace(/\{(\w+)\}$/, deep ? '*$1' : ':$1').replaceAll(/\{(\w+)\}/g, ':$1'),
  );
  expect(new Set(mounted)).toEqual(new Set(declared));
  // The other layers are middleware for every request, except the board, the console and the page of the API:
  // each has a router of its own outside of the operations.
  const others = layers.filter(({ route }) => route === undefined).map(({ name }) => name);
  expect(others.filter((name) => name === 'router')).toHaveLength(3);
});

test('the document declares what every body, and what every principal of some namespaces, can be refused with', async () => {
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document;
  for (const operation of Object.values(OPERATIONS)) {
    const { id, path, method, access }: Operation = operation;
    const { responses } = document.paths[path]?.[method] ?? { responses: {} };
    const ofLimited = access !== 'anyone' && access.namespace === 'query' ? ['404'] : [];
    const ofSignedIn = access === 'anyone' ? [] : ['503'];
    expect([id, Object.keys(responses)]).toEqual([
      id,
      expect.arrayContaining(['413', '415', ...ofLimited, ...ofSignedIn]),
    ]);
  }
});

test('the API serves its own OpenAPI document', async () => {
  const response = await fetch(`${api.url}/openapi.json`);
  expect(response.headers.get('content-type')).toMatch('application/json');
  const document = (await response.json()) as { openapi: string; paths: object };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain('/api/v1/runs/{id}/logs');
});
