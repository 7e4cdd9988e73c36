import type { WebhookConfig } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { toTrigger, TRIGGER_COLUMNS, type StoredTrigger, type TriggerRow } from './trigger-row.ts';

/** A trigger of the kind `webhook`. */
export type WebhookRow = TriggerRow & { config: WebhookConfig };

/** The webhook with an id, which must be a UUID; undefined when there is none. */
export async function findWebhook(db: Database, id: string): Promise<WebhookRow | undefined> {
  return first(await db.pool.query<StoredTrigger>({ ...BY_ID, values: [id] }));
}

/** The webhook that has a token, by the token's digest. */
export async function findWebhookByToken(
  db: Database,
  digest: Uint8Array,
): Promise<WebhookRow | undefined> {
  const values = [Buffer.from(digest)];
  return first(await db.pool.query<StoredTrigger>({ ...BY_TOKEN, values }));
}

function first({ rows }: { rows: StoredTrigger[] }): WebhookRow | undefined {
  const [row] = rows;
  if (row === undefined) return undefined;
  const { config, ...trigger } = toTrigger(row);
  return config.kind === 'webhook' ? { ...trigger, config } : undefined;
}

const WEBHOOKS = `SELECT ${TRIGGER_COLUMNS}
  FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id
  WHERE t.kind = 'webhook' AND t.deleted_at IS NULL AND p.deleted_at IS NULL`;

const BY_ID = { name: 'find-webhook', text: `${WEBHOOKS} AND t.id = $1` };

const BY_TOKEN = {
  name: 'find-webhook-by-token',
  text: `${WEBHOOKS} AND t.config ->> 'verify' = 'token' AND $1::bytea = ANY (t.secrets)
    ORDER BY t.id LIMIT 1`,
};
