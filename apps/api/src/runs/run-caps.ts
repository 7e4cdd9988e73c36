import { InputError, type RunOverrides } from '@rat/domain';

/** The limits of this installation on one run. */
export interface RunCaps {
  timeoutSeconds: number;
  maxRetries: number;
  priority: number;
}

/** The fields of a request that have a limit. */
interface Capped {
  priority?: number | undefined;
  overrides?: RunOverrides | undefined;
}

/**
 * Throws InputError when a request exceeds a limit. The message names the field, the limit and the
 * setting.
 */
export function refuseOverCap({ priority = 0, overrides = {} }: Capped, caps: RunCaps): void {
  const { timeout_seconds: timeout = 0, max_retries: retries = 0 } = overrides;
  const checks = [
    ['timeout_seconds', timeout, caps.timeoutSeconds, 'RAT_RUN_TIMEOUT_MAX'],
    ['max_retries', retries, caps.maxRetries, 'RAT_RUN_RETRIES_MAX'],
    ['priority', priority, caps.priority, 'RAT_RUN_PRIORITY_MAX'],
  ] as const;
  const issues = checks.flatMap(([path, value, cap, setting]) => {
    const message = `must be at most ${cap}, the cap of this installation (${setting})`;
    return value > cap ? [{ path, message }] : [];
  });
  const [first] = issues;
  if (first !== undefined) throw new InputError(`${first.path} ${first.message}`, issues);
}

/**
 * The values of an earlier run, reduced to the current limits: a rerun requests nothing new, so it
 * is not refused.
 */
export function withinCaps(
  { priority, overrides }: { priority: number; overrides: RunOverrides },
  caps: RunCaps,
): { priority: number; overrides: RunOverrides } {
  const { timeout_seconds: timeout, max_retries: retries } = overrides;
  return {
    priority: Math.min(priority, caps.priority),
    overrides: {
      ...overrides,
      ...(timeout === undefined ? {} : { timeout_seconds: Math.min(timeout, caps.timeoutSeconds) }),
      ...(retries === undefined ? {} : { max_retries: Math.min(retries, caps.maxRetries) }),
    },
  };
}
