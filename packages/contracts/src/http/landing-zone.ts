import { COLUMN_TYPES, ON_EMPTY, parseColumnType } from '@rat/domain';
import { z } from 'zod';
import { slug, timestamp } from '../common.ts';
import { flag } from './landing.ts';

const COLUMNS_MAX = 1_000;
const DESCRIPTION_MAX = 10_000;
const OWNER_MAX = 200;
const RETENTION_DAYS_MAX = 36_500;

/** The most samples that a zone may have. */
export const SAMPLES_MAX = 20;
/** The most bytes that one sample may have. */
export const SAMPLE_MAX_BYTES = 1024 * 1024;
/** The most rows of a file that its facts hold. */
export const FIRST_ROWS_MAX = 20;

const count = z.number().int().nonnegative();

/** The type of a column in the engine's spelling; in a request, in any case and by its aliases. */
const columnType = z
  .string()
  .max(100)
  .transform((text, context) => {
    const type = parseColumnType(text);
    if (type !== undefined) return type;
    const message = `must be one of ${COLUMN_TYPES.join(', ')} or DECIMAL(p,s), and is ${text}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({ override: { type: 'string', examples: ['BIGINT', 'DECIMAL(10,2)'] } });

/** The columns that the files of a zone must have, in any order. */
const expectedColumns = z
  .array(z.strictObject({ name: z.string().min(1).max(255), type: columnType }))
  .min(1)
  .max(COLUMNS_MAX)
  .superRefine((columns, context) => {
    const known = new Set<string>();
    for (const [index, { name }] of columns.entries()) {
      // The engine compares the names of columns without case.
      const key = name.toLowerCase();
      if (known.has(key)) {
        const message = `must not name the column ${name} twice`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
      known.add(key);
    }
  });

/** What happens to the files of a zone with time. */
export const zoneLifecycle = z
  .strictObject({
    /** How many days a file is kept after a run has read and archived it; null: for ever. */
    processed_retention_days: z.number().int().min(1).max(RETENTION_DAYS_MAX).nullable(),
  })
  .meta({ id: 'LandingZoneLifecycle' });
export type ZoneLifecycle = z.infer<typeof zoneLifecycle>;

/** The settings of a zone as a request gives them: a field that is absent stays, null takes it away. */
const settings = {
  description: z.string().max(DESCRIPTION_MAX).nullish(),
  owner: z.string().max(OWNER_MAX).nullish(),
  /** An upload that does not fit is refused; null: every file fits. */
  expected_columns: expectedColumns.nullish(),
  /** What a run over the empty zone does; null: `empty` with `expected_columns`, otherwise `fail`. */
  on_empty: z.enum(ON_EMPTY).nullish(),
  lifecycle: zoneLifecycle.partial().optional(),
};

/** The body of POST /landing-zones. */
export const createLandingZoneBody = z
  .strictObject({ namespace: slug.default('default'), name: slug, ...settings })
  .meta({ id: 'CreateLandingZoneBody' });

/** The body of PUT /landing-zones/{namespace}/{zone}. */
export const putLandingZoneBody = z.strictObject(settings).meta({ id: 'PutLandingZoneBody' });
export type PutLandingZoneBody = z.infer<typeof putLandingZoneBody>;

/** The body of PUT /landing-zones/{namespace}/{zone}/lifecycle. */
export const putLifecycleBody = zoneLifecycle.partial().meta({ id: 'PutLifecycleBody' });

const columns = z.array(z.object({ name: z.string(), type: z.string() }));

/** What people decided about a zone. Of a zone that is only a folder, everything is null. */
export const landingZoneSettings = z
  .object({
    namespace: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    owner: z.string().nullable(),
    expected_columns: columns.nullable(),
    on_empty: z.enum(ON_EMPTY).nullable(),
    lifecycle: z.object({ processed_retention_days: z.number().int().nullable() }),
    created_at: timestamp.nullable(),
    updated_at: timestamp.nullable(),
  })
  .meta({ id: 'LandingZoneSettings' });
export type LandingZoneSettings = z.infer<typeof landingZoneSettings>;

/** A zone with the number and the size of the files that wait in it. */
export const landingZone = landingZoneSettings
  .extend({ files: count, bytes: count })
  .meta({ id: 'LandingZone' });
export type LandingZoneResponse = z.infer<typeof landingZone>;

export const allLandingZones = z
  .object({ landing_zones: z.array(landingZone), total: count })
  .meta({ id: 'AllLandingZonesPage' });

/** The query of DELETE /landing-zones/{namespace}/{zone}. */
export const deleteLandingZoneQuery = z.strictObject({ force: flag });

/** One file that waits in a zone, with what it holds. */
export const landingFileFacts = z
  .object({
    name: z.string(),
    bytes: count,
    modified_at: timestamp,
    /** In hexadecimal; null for a file that is too large to be read for it. */
    sha256: z.string().nullable(),
    /** By the end of its name; null: it is none that the platform reads by itself. */
    format: z.enum(['csv', 'json', 'parquet']).nullable(),
    /** As a pipeline would see them; null when the file cannot be read. */
    columns: columns.nullable(),
    /** The first rows, as `/query` answers rows; null when the file cannot be read. */
    rows: z.array(z.array(z.unknown())).nullable(),
    /** Null where counting would mean to read a large file. */
    row_count: count.nullable(),
    /** Why the file cannot be read. */
    error: z.object({ message: z.string(), line: z.number().int().optional() }).nullable(),
  })
  .meta({ id: 'LandingFile' });
export type LandingFileFacts = z.infer<typeof landingFileFacts>;

const sample = z.object({ name: z.string(), bytes: count, modified_at: timestamp });

export const landingSamples = z
  .object({ samples: z.array(sample), total: count })
  .meta({ id: 'LandingSamples' });

/** The answer to the upload of a sample. */
export const landingSample = sample.meta({ id: 'LandingSample' });
