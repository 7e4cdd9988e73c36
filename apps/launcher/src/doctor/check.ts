/** One look at the installation. */
export interface Check {
  name: string;
  /** `skipped`: another problem prevents the look, or there is nothing to look at. */
  status: 'ok' | 'failed' | 'skipped';
  /** What was found, in one line. */
  found: string;
  /** What to do about a failed check. */
  mend?: string;
}

export function ok(name: string, found: string): Check {
  return { name, status: 'ok', found };
}

export function failed(name: string, found: string, mend: string): Check {
  return { name, status: 'failed', found, mend };
}

export function skipped(name: string, found: string): Check {
  return { name, status: 'skipped', found };
}
