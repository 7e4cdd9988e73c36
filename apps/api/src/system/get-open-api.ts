import { readFileSync } from 'node:fs';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

/** `npm run docs:openapi` generates this file from the operations of the contract. */
const DOCUMENT = new URL('../../openapi.json', import.meta.url);

/** GET /openapi.json: the OpenAPI document of this API. */
export function getOpenApiRoute(): HandledOperation<'getOpenApi'> {
  const document = readFileSync(DOCUMENT, 'utf8');
  return handleOperation('getOpenApi', (_req, res) => {
    res.type('application/json').send(document);
  });
}
