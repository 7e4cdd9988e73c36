import { z } from 'zod';
import { deliveryAnswer, firedWebhook } from '../http/webhook.ts';
import { defineOperation, json } from './operation.ts';
import { ANY_BYTES } from './raw-bodies.ts';

const SIGNED = {
  'X-Webhook-Token': { description: 'The token of a webhook with `verify: token`' },
  'webhook-id': {
    description: 'The id of the delivery; also `X-GitHub-Delivery`, `Idempotency-Key`',
  },
};

export const receiveDelivery = defineOperation({
  id: 'receiveDelivery',
  method: 'post',
  path: '/api/v1/webhooks/{id}',
  params: { id: z.uuid() },
  summary: 'Delivers to a webhook, which makes its pipeline run',
  description:
    'The sender proves itself as the trigger says: by a token, or by a signature over the bytes of the body, which may have any media type and up to 1 MiB. A delivery with the id of an earlier one, within 7 days, gets the same answer and makes nothing. Any wrong proof is a 401, also for a webhook that does not exist.',
  headers: SIGNED,
  rawBody: ANY_BYTES,
  answers: { 202: json('The delivery is stored', deliveryAnswer) },
  errors: [401, 413, 422, 429, 503],
  access: 'anyone',
  retry: 'key',
  makesRuns: true,
});

export const fireWebhook = defineOperation({
  id: 'fireWebhook',
  method: 'post',
  path: '/api/v1/webhooks',
  params: {},
  summary: 'Delivers to the webhook that has the token of the request',
  description:
    'For clients of the reference platform. The token is in `X-Webhook-Token`, or is a bearer token. The body may have any media type. 429 while the trigger cools down: the delivery is not stored.',
  headers: SIGNED,
  rawBody: ANY_BYTES,
  answers: { 201: json('The delivery is stored', firedWebhook) },
  errors: [401, 413, 422, 429, 503],
  access: 'anyone',
  retry: 'key',
  makesRuns: true,
});
