import { expect } from '@jest/globals';
import type { Body, Method, Sent } from './sdk-client.ts';
import { SCHEDULE, TRIGGER, ZONE } from './sdk-shapes.ts';

const json = (body: object): Sent => ({ json: body });

const TRIGGERS = '/api/v1/pipelines/sdkns/bronze/numbers/triggers';
const CREATE_TRIGGER = `POST ${TRIGGERS}`;

/** The methods of triggers, and the requests of schedules, which have no methods. */
export const AUTOMATION: Method[] = [
  {
    name: 'pipelines.create of what a trigger waits for',
    request: 'POST /api/v1/pipelines',
    sent: json({ namespace: 'sdkns', layer: 'bronze', name: 'source', type: 'sql' }),
    shape: { name: 'string' },
  },
  {
    name: 'landing.create of the zone of a trigger',
    request: 'POST /api/v1/landing-zones',
    sent: json({ namespace: 'sdkns', name: 'watched' }),
    shape: ZONE,
  },
  ...[
    { type: 'landing_zone_upload', config: { namespace: 'sdkns', zone_name: 'watched' } },
    {
      type: 'file_pattern',
      config: { namespace: 'sdkns', zone_name: 'watched', pattern: '*.csv' },
    },
    { type: 'cron', config: { cron_expr: '0 * * * *' } },
    {
      type: 'pipeline_success',
      config: { namespace: 'sdkns', layer: 'bronze', pipeline: 'source' },
    },
    {
      type: 'cron_dependency',
      config: { cron_expr: '0 * * * *', dependencies: ['sdkns.bronze.source'] },
    },
  ].map((body) => ({
    name: `triggers.create of the type ${body.type}`,
    request: CREATE_TRIGGER,
    sent: json({ ...body, enabled: false }),
    shape: TRIGGER,
    holds: (answer: Body) => expect(answer).toMatchObject({ ...body, enabled: false }),
  })),
  {
    name: 'triggers.create',
    request: CREATE_TRIGGER,
    sent: json({ type: 'webhook', config: {}, cooldown_seconds: 60 }),
    shape: { ...TRIGGER, webhook_url: 'string', webhook_token: 'string' },
    holds: (body) => {
      expect(body).toMatchObject({ type: 'webhook', enabled: true, cooldown_seconds: 60 });
      expect(body.webhook_url).toMatch(/^http:\/\/.+\/api\/v1\/webhooks$/);
      expect(body.webhook_token).toMatch(/^[0-9a-f]{64}$/);
    },
  },
  {
    name: 'triggers.list',
    request: `GET ${TRIGGERS}`,
    shape: { triggers: [TRIGGER], total: 'number' },
    holds: (body) => {
      expect(body.triggers.map((one: Body) => one.type).sort()).toEqual([
        'cron',
        'cron_dependency',
        'file_pattern',
        'landing_zone_upload',
        'pipeline_success',
        'webhook',
      ]);
      expect(body.total).toBe(6);
      expect(JSON.stringify(body)).not.toContain('webhook_token');
    },
  },
  {
    name: 'triggers.get',
    request: `GET ${TRIGGERS}/{trigger}`,
    shape: { ...TRIGGER, webhook_url: 'string' },
    holds: (body) => expect(body).not.toHaveProperty('webhook_token'),
  },
  {
    name: 'triggers.update',
    request: `PUT ${TRIGGERS}/{trigger}`,
    sent: json({ enabled: false, cooldown_seconds: 5 }),
    shape: TRIGGER,
    holds: (body) => expect(body).toMatchObject({ enabled: false, cooldown_seconds: 5 }),
  },
  { name: 'triggers.delete', request: `DELETE ${TRIGGERS}/{trigger}`, shape: null },
  {
    name: 'client.request that creates a schedule',
    request: 'POST /api/v1/schedules',
    sent: json({ namespace: 'sdkns', layer: 'bronze', pipeline: 'numbers', cron: '0 6 * * *' }),
    shape: { id: 'string', cron: 'string', enabled: 'boolean' },
  },
  {
    name: 'client.request that lists the schedules',
    request: 'GET /api/v1/schedules',
    shape: { schedules: [SCHEDULE], total: 'number' },
    holds: (body) => expect(body.total).toBe(2),
  },
  {
    name: 'client.request that gets a schedule',
    request: 'GET /api/v1/schedules/{schedule}',
    shape: SCHEDULE,
  },
  {
    name: 'client.request that changes a schedule',
    request: 'PUT /api/v1/schedules/{schedule}',
    sent: json({ cron: '0 7 * * *', enabled: true }),
    shape: SCHEDULE,
    holds: (body) => expect(body.next_run_at).toMatch(/T07:00:00/),
  },
  {
    name: 'client.request that deletes a schedule',
    request: 'DELETE /api/v1/schedules/{schedule}',
    shape: null,
  },
];
