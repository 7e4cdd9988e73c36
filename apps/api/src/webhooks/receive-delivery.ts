import { pipelineConfig, type DeliveryAnswer, type FiredWebhook } from '@rat/contracts';
import { announceRun, TRIGGER_RULES } from '@rat/dispatch';
import {
  findParamProblems,
  InputError,
  UnauthenticatedError,
  UnavailableError,
  UnprocessableError,
} from '@rat/domain';
import {
  findWebhook,
  findWebhookByToken,
  getPipeline,
  receiveDelivery,
  type NewDelivery,
  type WebhookRow,
} from '@rat/store';
import type { Request } from 'express';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { readPayload } from './read-payload.ts';
import { readRawBody } from './read-raw-body.ts';
import {
  digestToken,
  keyOf,
  tokenOf,
  verifyDelivery,
  type Delivery,
  type Verdict,
} from './verify-delivery.ts';
import type { WebhookDeps } from './webhook-deps.ts';

/** POST /api/v1/webhooks/{id}: 202 once the delivery is committed. */
export function receiveDeliveryRoute(deps: WebhookDeps): HandledOperation<'receiveDelivery'> {
  return handleOperation('receiveDelivery', async (req, res) => {
    const delivery = { header: headersOf(req), body: await readRawBody(req) };
    // The body deadline has passed, and its answer is sent.
    if (res.headersSent) return;
    const { id } = req.params;
    const webhook = UUID.test(id) ? await findWebhook(deps.db, id) : undefined;
    const verdict =
      webhook === undefined ? verifyNothing(delivery) : verify(deps, webhook, delivery);
    if (webhook === undefined || verdict !== 'genuine') {
      deps.log.info({ webhook_id: webhook?.id ?? null, verdict }, 'delivery refused');
      throw refusal();
    }
    const payload = await read(deps, webhook, delivery);
    const received = await receiveDelivery(deps.db, webhook.id, payload, { rules: TRIGGER_RULES });
    for (const run of received.runs) announceRun(deps, run);
    const answer: DeliveryAnswer = {
      firing_id: received.firingId ?? null,
      run_id: received.runId ?? null,
      outcome: received.outcome,
    };
    res.status(202).json(answer);
  });
}

/** POST /api/v1/webhooks: 201, for a token that names its webhook. */
export function fireWebhookRoute(deps: WebhookDeps): HandledOperation<'fireWebhook'> {
  return handleOperation('fireWebhook', async (req, res) => {
    const delivery = { header: headersOf(req), body: await readRawBody(req) };
    // The body deadline has passed, and its answer is sent.
    if (res.headersSent) return;
    const token = tokenOf(delivery.header);
    if (token === undefined) {
      throw new InputError('the header X-Webhook-Token is missing', [
        { path: 'X-Webhook-Token', message: 'is missing' },
      ]);
    }
    const webhook = await findWebhookByToken(deps.db, digestToken(token));
    if (webhook === undefined) throw refusal();
    const payload = await read(deps, webhook, delivery);
    const options = { rules: TRIGGER_RULES, refusesWhileCooling: true };
    const received = await receiveDelivery(deps.db, webhook.id, payload, options);
    for (const run of received.runs) announceRun(deps, run);
    const answer: FiredWebhook = { run_id: received.runId ?? null };
    res.status(201).json(answer);
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The same for every mistake: a stranger learns neither which webhooks there are nor what was wrong. */
function refusal(): UnauthenticatedError {
  return new UnauthenticatedError(
    'the delivery has no valid token or signature of this webhook',
    true,
  );
}

function headersOf(req: Pick<Request, 'get'>): Delivery['header'] {
  return (name) => req.get(name);
}

function verify(
  { secretBox, log }: WebhookDeps,
  { id, config, secrets }: WebhookRow,
  delivery: Delivery,
): Verdict {
  if (config.verify === 'token') return verifyDelivery(config, secrets, delivery, new Date());
  if (secretBox === undefined) {
    log.error({ webhook_id: id }, 'webhook needs RAT_SECRET_KEY');
    throw new UnavailableError('deliveries cannot be verified at this moment');
  }
  const keys = secrets.map((sealed) => keyOf(config, secretBox.open(sealed).toString('utf8')));
  return verifyDelivery(config, keys, delivery, new Date());
}

/** Takes about as long as a webhook that exists. */
function verifyNothing(delivery: Delivery): Verdict {
  const rule = { verify: 'github', signature: null } as const;
  verifyDelivery(rule, [Buffer.alloc(32)], delivery, new Date());
  return 'wrong';
}

async function read(
  { db }: WebhookDeps,
  { config, pipeline }: WebhookRow,
  delivery: Delivery,
): Promise<NewDelivery> {
  const isPlain = Object.keys(config.params).length === 0;
  const stored = isPlain ? undefined : (await getPipeline(db, pipeline)).config;
  const specs = pipelineConfig.safeParse(stored).data?.params ?? {};
  const payload = readPayload(config, delivery, specs);
  const issues = findParamProblems(specs, payload.params ?? {}).map(({ name, message }) => ({
    path: `params.${name}`,
    message,
  }));
  const [first] = issues;
  if (first !== undefined) throw new UnprocessableError(`${first.path} ${first.message}`, issues);
  return payload;
}
