import { z } from 'zod';
import { listTokensQuery } from '../http/list-queries.ts';
import {
  createSessionBody,
  endedSessions,
  sessionAnswer,
  streamTicketAnswer,
} from '../http/session.ts';
import {
  createTokenAnswer,
  createTokenBody,
  putTokenBody,
  tokenAnswer,
  tokenList,
} from '../http/token.ts';
import { defineOperation, json, noContent } from './operation.ts';
import { ETAG, IF_MATCH } from './parameters.ts';

const path = '/api/v1/tokens/{id}';
const tokenPath = { id: z.uuid() };

export const listTokens = defineOperation({
  id: 'listTokens',
  method: 'get',
  path: '/api/v1/tokens',
  params: {},
  summary: 'A page of tokens, newest first, revoked ones included',
  query: listTokensQuery,
  answers: { 200: json('The page', tokenList) },
  errors: [],
  access: { role: 'admin', namespace: 'shown' },
  retry: 'safe',
});

export const createToken = defineOperation({
  id: 'createToken',
  method: 'post',
  path: '/api/v1/tokens',
  params: {},
  summary: 'Makes a token, and shows it this once',
  description:
    'The first token turns sign-in on, for good. It must have the role `admin` and no end, unless the API has a token in `RAT_ADMIN_TOKEN`. 409 when a valid token has the name. An admin of some namespaces makes tokens of these only.',
  body: createTokenBody,
  requiresBody: true,
  answers: {
    201: {
      ...json('The token, with its secret', createTokenAnswer),
      headers: { Location: { description: 'The path of the new token' } },
    },
  },
  errors: [404, 409],
  access: { role: 'admin', namespace: 'token' },
  retry: 'never',
});

export const getToken = defineOperation({
  id: 'getToken',
  method: 'get',
  path,
  params: tokenPath,
  summary: 'One token, without its secret',
  answers: { 200: { ...json('The token', tokenAnswer), headers: ETAG } },
  errors: [404],
  access: { role: 'admin', namespace: 'token' },
  retry: 'safe',
});

export const putToken = defineOperation({
  id: 'putToken',
  method: 'put',
  path,
  params: tokenPath,
  summary: 'Changes when a token ends',
  description:
    'A time that has passed ends it at once. 409 when nobody could administer the installation afterwards.',
  body: putTokenBody,
  requiresBody: true,
  headers: IF_MATCH,
  answers: { 200: { ...json('The token as it is now', tokenAnswer), headers: ETAG } },
  errors: [404, 409, 412],
  access: { role: 'admin', namespace: 'token' },
  retry: 'safe',
});

export const deleteToken = defineOperation({
  id: 'deleteToken',
  method: 'delete',
  path,
  params: tokenPath,
  summary: 'Takes a token back for good; its sessions and event streams end',
  description: '409 when nobody could administer the installation afterwards.',
  answers: { 204: noContent('The token is revoked') },
  negotiates: true,
  errors: [404, 409],
  access: { role: 'admin', namespace: 'token' },
  retry: 'never',
});

export const createSession = defineOperation({
  id: 'createSession',
  method: 'post',
  path: '/api/v1/session',
  params: {},
  summary: 'Signs a browser in with a token, for 12 hours',
  description:
    'Sets a cookie that no script can read and that no other site sends. 409 while sign-in is off.',
  body: createSessionBody,
  requiresBody: true,
  answers: {
    200: {
      ...json('Who is signed in', sessionAnswer),
      headers: { 'Set-Cookie': { description: 'The session' } },
    },
  },
  errors: [401, 409, 503],
  access: 'anyone',
  retry: 'never',
});

export const getSession = defineOperation({
  id: 'getSession',
  method: 'get',
  path: '/api/v1/session',
  params: {},
  summary: 'Who the caller is, and what it may do',
  answers: { 200: json('The caller', sessionAnswer) },
  errors: [],
  access: { role: 'viewer', namespace: 'none' },
  retry: 'safe',
});

export const deleteSession = defineOperation({
  id: 'deleteSession',
  method: 'delete',
  path: '/api/v1/session',
  params: {},
  summary: 'Signs a browser out; its event streams end',
  answers: {
    204: {
      ...noContent('There is no session any more'),
      headers: { 'Set-Cookie': { description: 'Takes the cookie away' } },
    },
  },
  negotiates: true,
  errors: [503],
  access: 'anyone',
  retry: 'safe',
});

export const endSessions = defineOperation({
  id: 'endSessions',
  method: 'delete',
  path: '/api/v1/sessions/{principal}',
  params: { principal: z.string() },
  summary: 'Ends all sessions of a principal; their event streams end',
  description:
    'The principal is named as in the audit log: `oidc:` and the address of a person, the name of a token, or `admin`. A token stays valid: revoke it too. A person can sign in again as long as the identity provider allows it.',
  answers: { 200: json('How many sessions have ended', endedSessions) },
  errors: [],
  access: { role: 'admin', namespace: 'all' },
  retry: 'safe',
});

export const createStreamTicket = defineOperation({
  id: 'createStreamTicket',
  method: 'post',
  path: '/api/v1/stream-tickets',
  params: {},
  summary: 'Makes a ticket that opens one event stream within 30 seconds',
  description:
    'For a browser that holds a token: its `EventSource` can send no header, and a token does not belong into a URL. The stream has the rights of the caller. A reconnect needs a new ticket.',
  answers: { 201: json('The ticket', streamTicketAnswer) },
  errors: [],
  access: { role: 'viewer', namespace: 'none' },
  retry: 'never',
});
