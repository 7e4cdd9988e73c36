import { readFileSync } from 'node:fs';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

/** Written by `npm run docs:openapi` from the operations of the contract, and checked in. */
const DOCUMENT = new URL('../../openapi.json', import.meta.url);

/** GET /openapi.json: the OpenAPI document of this API. */
export function getOpenApiRoute(): HandledOperation<'getOpenApi'> {
  const document = readFileSync(DOCUMENT, 'utf8');
  return handleOperation('getOpenApi', (_req, res) => {
    res.type('application/json').send(document);
  });
}
