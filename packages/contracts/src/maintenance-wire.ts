import { z } from 'zod';
import { layer } from './common.ts';

const count = z.number().int().nonnegative();

/** What maintenance takes out of a table, or would. */
export const maintenanceReport = z.object({
  namespace: z.string(),
  layer,
  name: z.string(),
  snapshots_expired: count,
  branches_dropped: z.array(z.string()),
  /** Small data files, and in how many groups they become larger ones. */
  files_compacted: count,
  compaction_groups: count,
  /** Manifests that a reader of main opens, where that is so many that they are joined; else 0. */
  manifests_joined: count,
  orphans_removed: count,
  orphan_bytes: count,
});
export type MaintenanceReport = z.infer<typeof maintenanceReport>;
