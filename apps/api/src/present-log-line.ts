import type { LogLine } from '@rat/contracts';
import type { RunEvent } from '@rat/store';

/** A row of kind `log` as it goes over the wire, in JSON mode and in a `log` event alike. */
export function presentLogLine(row: RunEvent): LogLine {
  return {
    seq: row.seq,
    timestamp: row.at.toISOString(),
    level: row.level ?? 'info',
    message: row.message ?? '',
    phase: row.phase ?? null,
    attempt: row.attempt,
  };
}
