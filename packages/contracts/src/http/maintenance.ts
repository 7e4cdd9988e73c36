import type { MaintenanceReport } from '@rat/domain';
import { z } from 'zod';
import { layer, slug } from '../common.ts';

const count = z.number().int().nonnegative();

/** The body of POST /maintenance: which tables, by default all. */
export const maintenanceBody = z
  .strictObject({
    namespace: slug.optional(),
    layer: layer.optional(),
    table: slug.optional(),
    /** Answers what maintenance would do; changes nothing. */
    dry_run: z.boolean().default(false),
  })
  .meta({ id: 'MaintenanceBody' });

/** What maintenance removes from a table; for a dry run, what it would remove. */
export const maintenanceReport = z
  .object({
    namespace: z.string(),
    layer,
    name: z.string(),
    snapshots_expired: count,
    branches_dropped: z.array(z.string()),
    /** The number of small data files that become larger ones. */
    files_compacted: count,
    /** The number of groups of these files; only files of one group are joined. */
    compaction_groups: count,
    /**
     * The number of manifests that a reader of main opened before; 0 when they are too few to be
     * joined.
     */
    manifests_joined: count,
    orphans_removed: count,
    orphan_bytes: count,
  })
  .meta({ id: 'MaintenanceReport' }) satisfies z.ZodType<MaintenanceReport>;

export const maintenanceAnswer = z
  .object({
    /** One maintenance run for each table; empty for a dry run. */
    runs: z.array(z.object({ run_id: z.uuid(), namespace: z.string(), layer, name: z.string() })),
    /** One report for each table of a dry run; otherwise empty. */
    plans: z.array(maintenanceReport),
    /** Tables of a dry run that cannot be read, and why; maintenance leaves them as they are. */
    unreadable: z
      .array(z.object({ namespace: z.string(), layer, name: z.string(), reason: z.string() }))
      .optional(),
  })
  .meta({ id: 'MaintenanceResult' });
export type MaintenanceAnswer = z.infer<typeof maintenanceAnswer>;
export type { MaintenanceReport } from '@rat/domain';
