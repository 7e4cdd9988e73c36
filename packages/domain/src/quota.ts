/**
 * What the quotas of a namespace limit:
 * - `runs_in_line`: runs that wait to start.
 * - `runs_running`: runs that runners execute at the same time. Further ones wait.
 * - `query_seconds`: the time of queries and previews, in each hour.
 * - `upload_bytes`: what is uploaded to landing zones, in each day of UTC.
 */
export const QUOTA_NAMES = [
  'runs_in_line',
  'runs_running',
  'query_seconds',
  'upload_bytes',
] as const;
export type QuotaName = (typeof QUOTA_NAMES)[number];

/** Undefined: no quota. */
export type Quotas = Readonly<Record<QuotaName, number | undefined>>;

/** How much of its quota a namespace uses. */
export interface QuotaUse {
  namespace: string;
  quota: QuotaName;
  limit: number;
  used: number;
  /** When the use begins at 0 again; undefined where that depends on runs. */
  freeAt: Date | undefined;
}

/** A run in line leaves it within seconds, or later: no time can be named, so clients try again soon. */
const LINE_RETRY_SECONDS = 5;

/** What a request that a quota refuses is answered, and after how many seconds it may be sent again. */
export function explainQuota(
  { namespace, quota, limit, used, freeAt }: QuotaUse,
  now: Date,
): { message: string; retryAfterSeconds: number } {
  const until = freeAt?.toISOString() ?? '';
  const retryAfterSeconds =
    freeAt === undefined
      ? LINE_RETRY_SECONDS
      : Math.max(1, Math.ceil((freeAt.getTime() - now.getTime()) / 1_000));
  switch (quota) {
    case 'runs_in_line':
      return {
        message: `namespace ${namespace} has ${used} runs in line and may have ${limit}; it takes another one when one of them starts or is cancelled`,
        retryAfterSeconds,
      };
    case 'runs_running':
      return {
        message: `namespace ${namespace} may run ${limit} runs at a time (${used} running)`,
        retryAfterSeconds,
      };
    case 'query_seconds':
      return {
        message: `namespace ${namespace} has used ${used} s of its ${limit} s of queries an hour; the next hour begins at ${until}`,
        retryAfterSeconds,
      };
    case 'upload_bytes':
      return {
        message: `namespace ${namespace} has used ${used} of its ${limit} bytes of uploads a day, and this upload does not fit into the rest; the next day begins at ${until}`,
        retryAfterSeconds,
      };
  }
}
