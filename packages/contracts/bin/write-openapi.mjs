// Writes apps/api/openapi.json from the operations of the contract. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'oxfmt';
import { createDocument } from 'zod-openapi';
import { z } from 'zod';
import { errorEnvelope, OPERATIONS } from '../dist/index.js';

const FILE = new URL('../../../apps/api/openapi.json', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const ERRORS = {
  401: 'Sign-in is on, and the request carries no valid token, session or ticket; `WWW-Authenticate` says how',
  403: 'The principal may not do this; the message names the role that is needed',
  404: 'There is no such thing',
  409: 'The current state does not allow it',
  412: 'The thing is not what the request expects; `conflict` has both sides',
  413: 'The body is too large',
  415: 'The media type of the body is not supported',
  422: 'The content cannot be used as it is; `issues` lists every mistake',
  429: 'Too many, at once or in this minute; try again after `Retry-After` seconds',
  503: 'A part that is needed is down; try again later',
  504: 'It took longer than it may',
};

const error = (description) => ({
  description,
  content: { 'application/json': { schema: errorEnvelope } },
});

function toHeaders(headers = {}) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { description }]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

function toContent(content) {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}

/** What a body can be refused with before its operation sees it. Where none is expected, one may still be sent. */
const OF_BODIES = [413, 415];

/**
 * What a principal can be refused with. For one of some namespaces, the others do not exist. Who asks is looked up in
 * Postgres, which may be out of reach.
 */
function toRefusals(access) {
  if (access === 'anyone') return [];
  const namesOne = !['all', 'none', 'shown'].includes(access.namespace);
  return [401, 403, 429, 503, ...(namesOne ? [404] : [])];
}

function toResponses({ answers, errors, access }) {
  const responses = {};
  for (const [status, { description, content, headers }] of Object.entries(answers)) {
    responses[status] = { description };
    if (headers) responses[status].headers = toHeaders(headers);
    if (Object.keys(content).length > 0) responses[status].content = toContent(content);
  }
  responses[400] = error('The request is malformed; `issues` lists every mistake');
  const statuses = [...OF_BODIES, ...toRefusals(access), ...errors];
  for (const status of statuses) responses[status] ??= error(ERRORS[status]);
  responses.default = error('Any other error');
  return responses;
}

function toBody({ body, documentedBody, rawBody, requiresBody }) {
  if (rawBody) return { required: true, content: toContent(rawBody) };
  const schema = documentedBody ?? body;
  if (!schema) return undefined;
  return { required: requiresBody === true, content: { 'application/json': { schema } } };
}

const TICKET = z
  .string()
  .optional()
  .meta({ description: 'Of `POST /api/v1/stream-tickets`, in place of a token' });

/** An event stream can be opened with a ticket. */
function toQuery({ query, stream }) {
  return stream ? z.strictObject({ ...query?.shape, ticket: TICKET }) : query;
}

/** Nothing is needed while sign-in is off, which an empty requirement stands for. */
function toSecurity({ access, stream }) {
  if (access === 'anyone') return [];
  return [{}, { token: [] }, { session: [] }, ...(stream ? [{ ticket: [] }] : [])];
}

function toOperation(tag, operation) {
  const { id, summary, description, params, headers = {}, access, retry } = operation;
  const query = toQuery(operation);
  const header = z.object(
    Object.fromEntries(
      Object.entries(headers).map(([name, meta]) => [name, z.string().optional().meta(meta)]),
    ),
  );
  const requestBody = toBody(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    requestParams: {
      ...(Object.keys(params).length > 0 && { path: z.object(params) }),
      ...(query && { query }),
      ...(Object.keys(headers).length > 0 && { header }),
    },
    ...(requestBody && { requestBody }),
    responses: toResponses(operation),
    security: toSecurity(operation),
    'x-access': access,
    'x-retry': retry,
  };
}

function tagOf(path) {
  const [, first, , resource] = path.split('/');
  return first === 'api' ? resource : 'system';
}

const paths = {};
for (const operation of Object.values(OPERATIONS)) {
  paths[operation.path] ??= {};
  paths[operation.path][operation.method] = toOperation(tagOf(operation.path), operation);
}

const document = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'RAT Runs',
    version,
    description:
      'Triggers, executes and tracks runs of SQL data pipelines. Every error has the same shape. `x-access` is the role that an operation needs, `x-retry` whether a client may send it again.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  paths,
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'A token of `POST /api/v1/tokens`' },
      session: { type: 'apiKey', in: 'cookie', name: 'rat_session' },
      ticket: { type: 'apiKey', in: 'query', name: 'ticket' },
    },
  },
});

const { code: after } = await format('openapi.json', JSON.stringify(document), { printWidth: 100 });
if (process.argv.includes('--check')) {
  const before = readFileSync(FILE, 'utf8');
  if (before !== after) {
    console.error('apps/api/openapi.json is stale: run `npm run docs:openapi`');
    process.exit(1);
  }
} else {
  writeFileSync(FILE, after);
}
