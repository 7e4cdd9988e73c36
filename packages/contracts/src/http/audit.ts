import { z } from 'zod';
import { timestamp } from '../common.ts';

/** A request that could change something, with its outcome. */
export const auditEntry = z
  .object({
    id: z.string(),
    created_at: timestamp,
    /** As the client or a proxy stated it; null when it stated none. */
    user_id: z.string().nullable(),
    /** The id of the operation. */
    action: z.string(),
    /** `<type>/<address>`, such as `pipelines/default/silver/orders`. */
    resource: z.string(),
    /** The first part of `resource`. */
    resource_type: z.string(),
    /** The other parts of `resource`; empty when the request named none. */
    resource_address: z.string(),
    /** The status of the answer; 499: the client left before it. */
    status: z.number().int(),
    /** The outcome in words. */
    detail: z.string(),
    /** The `X-Request-ID` of the answer, which the log of the API has too. */
    request_id: z.string(),
    /** The address of the client. */
    ip: z.string().nullable(),
    /**
     * The things that a request on several of them has changed, or made, as `<type>/<address>`: the runs of `POST /runs/cancel`.
     * The first 100 are named; null when `resource` is all.
     */
    objects: z
      .object({ total: z.number().int().positive(), resources: z.array(z.string()) })
      .nullable(),
    /** The token that the request was sent with, directly or in a session; null: that of RAT_ADMIN_TOKEN, or none. */
    token_id: z.string().nullable(),
    /** The session that the request was sent in. */
    session_id: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryAnswer = z.infer<typeof auditEntry>;

export const auditList = z
  .object({
    entries: z.array(auditEntry),
    total: z.number().int().nonnegative(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'AuditPage' });
export type AuditList = z.infer<typeof auditList>;
