import type { previewedMessage, RowsAs } from '@rat/contracts';
import type { z } from 'zod';

/** A preview without its rows, and what the runner knows of it. */
export interface PreviewFacts {
  head: Omit<z.infer<typeof previewedMessage>, 'type' | 'columns'>;
  /** By `namespace.layer.name`. */
  snapshots: Record<string, string>;
  durationMs: number;
}

/** The form of an answer to a preview: how its rows are written, and its other keys. */
export interface PreviewForm {
  rowsAs: RowsAs;
  present: (facts: PreviewFacts) => object;
}

/** `previewAnswer`, which has rows as arrays. */
export const presentArrays: PreviewForm = {
  rowsAs: 'arrays',
  present: ({ head, snapshots, durationMs }) => ({
    row_count: head.allRows ?? null,
    truncated: head.truncated,
    phases: presentPhases(head),
    profile: head.profile ?? null,
    warnings: warningsOf(head),
    log: head.log.map(({ level, phase, message }) => ({ level, phase, message })),
    tests: head.tests.map((result) => ({
      name: result.name,
      severity: result.severity,
      status: result.status,
      description: result.description ?? null,
      tags: result.tags,
      remediation: result.remediation ?? null,
      violations: result.violations ?? null,
      sample: result.sample,
      duration_ms: result.durationMs,
      message: result.message ?? null,
    })),
    compare: head.compare ?? null,
    input_snapshots: snapshots,
    duration_ms: durationMs,
  }),
};

const UNCOUNTED =
  'total_row_count is a lower bound: the result has more rows than are shown, and counting them would have taken too long';

/** `storedPreviewAnswer`, which has rows as objects. */
export const presentObjects: PreviewForm = {
  rowsAs: 'objects',
  present: ({ head }) => ({
    // At least one row more than those that are shown: clients of that platform need a number.
    total_row_count: head.allRows ?? head.shownRows + 1,
    total_row_count_exact: head.allRows !== undefined,
    truncated: head.truncated,
    phases: presentPhases(head),
    explain_output: head.profile ?? '',
    memory_peak_bytes: head.peakBytes,
    logs: head.log.map(({ timestamp, level, message }) => ({ timestamp, level, message })),
    warnings: [...warningsOf(head), ...(head.allRows === undefined ? [UNCOUNTED] : [])],
  }),
};

function presentPhases({ phases }: PreviewFacts['head']): object[] {
  return phases.map(({ name, durationMs }) => ({ name, duration_ms: durationMs }));
}

function warningsOf({ log }: PreviewFacts['head']): string[] {
  return log
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ message }) => message);
}
