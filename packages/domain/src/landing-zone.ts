import type { Column } from './column-type.ts';

/**
 * What a run over an empty landing zone does:
 * - skip: the run succeeds and writes nothing.
 * - fail: the run fails.
 * - empty: the zone has no rows, and the run writes what its SQL makes of that.
 */
export const ON_EMPTY = ['skip', 'fail', 'empty'] as const;
export type OnEmpty = (typeof ON_EMPTY)[number];

/** How a run reads one landing zone. */
export interface ZoneReading {
  /** Undefined: every file fits. */
  expectedColumns: readonly Column[] | undefined;
  /** Undefined: the default. */
  onEmpty: OnEmpty | undefined;
}

/** What a run does when the zone has no files for it. */
export type EmptyZone =
  | { kind: 'skip' }
  | { kind: 'fail' }
  | { kind: 'empty'; columns: readonly Column[] };

/**
 * Decides about an empty zone. The default is `empty` when the expected columns are known, because
 * then the SQL has a meaning without files; otherwise `fail`. `zone` is undefined for a zone
 * without settings.
 */
export function decideEmptyZone(zone: ZoneReading | undefined): EmptyZone {
  const columns = zone?.expectedColumns;
  switch (zone?.onEmpty) {
    case 'skip':
      return { kind: 'skip' };
    case 'fail':
      return { kind: 'fail' };
    default:
      return columns === undefined ? { kind: 'fail' } : { kind: 'empty', columns };
  }
}
