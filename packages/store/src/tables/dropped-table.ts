import type { Layer, PipelineRef } from '@rat/domain';

/** A table that was dropped: who did it, when and why. */
export interface DroppedTable {
  id: string;
  table: PipelineRef;
  /** Its metadata file at the time of the drop. */
  location: string;
  droppedAt: Date;
  droppedBy: string | undefined;
  reason: string | undefined;
  /** Whether it was dropped although something read it or wrote to it. */
  forced: boolean;
  /** Until then it can be restored, and its files stay. */
  keepUntil: Date;
}

/** A row of `dropped_tables`, as DROPPED_COLUMNS selects it. */
export interface DroppedTableRow {
  id: string;
  namespace: string;
  layer: Layer;
  name: string;
  metadata_location: string;
  dropped_at: Date;
  dropped_by: string | null;
  reason: string | null;
  forced: boolean;
  keep_until: Date;
}

/** The columns of a DroppedTableRow, of `dropped_tables` by that name. */
export const DROPPED_COLUMNS = `
  dropped_tables.id,
  dropped_tables.namespace,
  dropped_tables.layer,
  dropped_tables.name,
  dropped_tables.metadata_location,
  dropped_tables.dropped_at,
  dropped_tables.dropped_by,
  dropped_tables.reason,
  dropped_tables.forced,
  dropped_tables.keep_until`;

/** Converts a row of `dropped_tables`. */
export function toDroppedTable(row: DroppedTableRow): DroppedTable {
  const { id, namespace, layer, name } = row;
  return {
    id,
    table: { namespace, layer, name },
    location: row.metadata_location,
    droppedAt: row.dropped_at,
    droppedBy: row.dropped_by ?? undefined,
    reason: row.reason ?? undefined,
    forced: row.forced,
    keepUntil: row.keep_until,
  };
}
