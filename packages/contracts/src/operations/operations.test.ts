import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';

const PAGE = new URL('../../../../docs/api.md', import.meta.url);
const DOCUMENT = new URL('../../../../apps/api/openapi.json', import.meta.url);

interface Document extends Record<string, unknown> {
  paths: Record<string, Record<string, { operationId: string; 'x-access': unknown }>>;
}

async function readDocument(): Promise<Document> {
  return JSON.parse(await readFile(DOCUMENT, 'utf8')) as Document;
}

const operations: [string, Operation][] = Object.entries(OPERATIONS);

describe('the operations of the API', () => {
  test('the OpenAPI document is valid by the judgement of a validator from outside', async () => {
    const result = await new Validator().validate(await readDocument());
    expect(result).toEqual({ valid: true });
  });

  test('the OpenAPI document describes every operation, and no other', async () => {
    const { paths } = await readDocument();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => `${operationId} ${method} ${path}`,
      ),
    );
    const declared = operations.map(([id, { method, path }]) => `${id} ${method} ${path}`);
    expect(new Set(described)).toEqual(new Set(declared));
    expect(described).toHaveLength(declared.length);
  });

  test('docs/api.md names the method and the path of every operation', async () => {
    const page = await readFile(PAGE, 'utf8');
    const missing = operations.filter(([, { method, path }]) => {
      return !page.includes(`\`${method.toUpperCase()} ${path}`);
    });
    expect(missing.map(([id]) => id)).toEqual([]);
  });

  test('the OpenAPI document names the role that each operation needs', async () => {
    const { paths } = await readDocument();
    for (const [, { method, path, access }] of operations) {
      expect(paths[path]?.[method]?.['x-access']).toEqual(access);
    }
  });

  test.each(operations)(
    '%s has its key as its id and declares each parameter of its path',
    (id, operation) => {
      expect(operation.id).toBe(id);
      const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(operation.params).toSorted()).toEqual(named.toSorted());
    },
  );

  test('every POST can be sent again under an Idempotency-Key or anyway, but for those that say why not', () => {
    const takes = operations.filter(([, { headers = {} }]) => 'Idempotency-Key' in headers);
    const deliveries = ['fireWebhook', 'receiveDelivery'];
    const keyed = operations.filter(([, { retry }]) => retry === 'key').map(([id]) => id);
    expect(keyed.toSorted()).toEqual([...takes.map(([id]) => id), ...deliveries].toSorted());
    const never = operations.filter(
      ([, { method, retry }]) => method === 'post' && retry === 'never',
    );
    expect(never.map(([id]) => id).toSorted()).toEqual([
      // The answer has a secret, which is shown once and stored nowhere. No two tokens share a name.
      'createSession',
      'createStreamTicket',
      'createToken',
      // A decision about a run is made once. The second one is a 409.
      'discardRun',
      'publishRun',
      'revertRun',
      // The content is the key: no run takes the sample away, and the very same one is accepted again.
      'uploadLandingSample',
    ]);
  });

  test('every PUT takes If-Match, can be refused by it, and answers the tag of what it wrote', () => {
    for (const [id, { method, headers = {}, errors, answers }] of operations) {
      if (method !== 'put') continue;
      const tagged = Object.values(answers).every((answer) => 'ETag' in (answer.headers ?? {}));
      const takes = 'If-Match' in headers && errors.includes(412);
      expect({ id, takes, tagged }).toEqual({ id, takes: true, tagged: true });
    }
  });

  test('only what changes nothing, or the same again, is safe to send twice', () => {
    const unsafe = operations.filter(
      ([, { method, retry }]) => method === 'post' && retry === 'safe',
    );
    // A cancel, a drain, a clean-up, a pause and a resume lead to the same state however often they are sent, and so does the
    // upload of a file; a query, a check and a preview read.
    expect(unsafe.map(([id]) => id).toSorted()).toEqual([
      'cancelRun',
      'cancelRunGroup',
      'cancelRuns',
      'drainRunner',
      'pauseSchedule',
      'pauseTrigger',
      'previewPipeline',
      'previewSchedule',
      'previewStoredPipeline',
      'query',
      'resumeSchedule',
      'resumeTrigger',
      'runRetention',
      'uploadFile',
      'validatePipeline',
    ]);
    const reads = operations.filter(([, { method }]) => method === 'get');
    expect(reads.every(([, { retry }]) => retry === 'safe')).toBe(true);
  });
});
