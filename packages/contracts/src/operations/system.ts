import { z } from 'zod';
import { liveness, readiness, serviceIndex } from '../http/health.ts';
import { defineOperation, json } from './operation.ts';

export const getIndex = defineOperation({
  id: 'getIndex',
  method: 'get',
  path: '/',
  params: {},
  summary: 'The name, the version and the main addresses of the service',
  answers: { 200: json('The addresses', serviceIndex) },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getLiveness = defineOperation({
  id: 'getLiveness',
  method: 'get',
  path: '/health/live',
  params: {},
  summary: 'Whether the process answers',
  answers: { 200: json('It does', liveness) },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getReadiness = defineOperation({
  id: 'getReadiness',
  method: 'get',
  path: '/health/ready',
  params: {},
  summary: 'Whether a run that is triggered now would be executed',
  answers: {
    200: json('It would', readiness),
    503: json('It would not; `checks` names the part that is missing', readiness),
  },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getOpenApi = defineOperation({
  id: 'getOpenApi',
  method: 'get',
  path: '/openapi.json',
  params: {},
  summary: 'The OpenAPI document of this API',
  answers: { 200: json('The document', z.looseObject({ openapi: z.string() })) },
  errors: [],
  access: { role: 'viewer', namespace: 'none' },
  retry: 'safe',
});
