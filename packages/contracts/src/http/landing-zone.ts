import { COLUMN_TYPES, ON_EMPTY, parseColumnType } from '@rat/domain';
import { z } from 'zod';
import { homeNamespace, slug, timestamp } from '../common.ts';
import { deliveredFile, flag } from './landing.ts';

const COLUMNS_MAX = 1_000;
const DESCRIPTION_MAX = 10_000;
const OWNER_MAX = 200;
const SCHEMA_TEXT_MAX = 10_000;
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

const retentionDays = z.number().int().min(1).max(RETENTION_DAYS_MAX).nullable();

/** What happens to the files of a zone with time. */
export const zoneLifecycle = z
  .object({
    /** How many days a file is kept after a run has read and archived it; null: for ever. */
    processed_retention_days: retentionDays,
    /** Another name of `processed_retention_days`. */
    processed_max_age_days: retentionDays,
    /** Whether files are deleted with time: true exactly when there is a number of days. */
    auto_purge: z.boolean(),
  })
  .meta({ id: 'LandingZoneLifecycle' });
export type ZoneLifecycle = z.infer<typeof zoneLifecycle>;

/** The settings of a zone as a request gives them: a field that is absent stays, null takes it away. */
const settings = {
  description: z.string().max(DESCRIPTION_MAX).nullish(),
  owner: z.string().max(OWNER_MAX).nullish(),
  /** Words about the form of the files, for people; nothing is compared with them. */
  expected_schema: z.string().max(SCHEMA_TEXT_MAX).nullish(),
  /** An upload that does not fit is refused; null: every file fits. */
  expected_columns: expectedColumns.nullish(),
  /** What a run over the empty zone does; null: `empty` with `expected_columns`, otherwise `fail`. */
  on_empty: z.enum(ON_EMPTY).nullish(),
  lifecycle: z.strictObject({ processed_retention_days: retentionDays.optional() }).optional(),
};

/** The body of POST /landing-zones. */
export const createLandingZoneBody = z
  .strictObject({ namespace: homeNamespace, name: slug, ...settings })
  .meta({ id: 'CreateLandingZoneBody' });

/** The body of PUT /landing-zones/{namespace}/{zone}. */
export const putLandingZoneBody = z.strictObject(settings).meta({ id: 'PutLandingZoneBody' });
export type PutLandingZoneBody = z.infer<typeof putLandingZoneBody>;

/**
 * The body of PUT /landing-zones/{namespace}/{zone}/lifecycle: in our word, or in the two of other
 * clients.
 */
export const putLifecycleBody = z
  .strictObject({
    processed_retention_days: retentionDays.optional(),
    processed_max_age_days: retentionDays.optional(),
    auto_purge: z.boolean().optional(),
  })
  .superRefine((body, context) => {
    const refuse = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const { processed_retention_days: days, processed_max_age_days: age } = body;
    if (days !== undefined && (age !== undefined || body.auto_purge !== undefined)) {
      const field = age === undefined ? 'auto_purge' : 'processed_max_age_days';
      refuse(field, 'must not be combined with processed_retention_days, which means the same');
    } else if (body.auto_purge === true && (age ?? null) === null) {
      refuse('auto_purge', 'must not be true without processed_max_age_days, a number of days');
    }
  })
  .meta({ id: 'PutLifecycleBody' });
export type PutLifecycleBody = z.infer<typeof putLifecycleBody>;

const columns = z.array(z.object({ name: z.string(), type: z.string() }));

/** What people decided about a zone. Of a zone that is only a folder, everything is null or empty. */
const zoneSettings = z.object({
  /** `<namespace>.<name>`: the same for as long as there is a zone of this address. */
  id: z.string(),
  namespace: z.string(),
  name: z.string(),
  description: z.string(),
  owner: z.string().nullable(),
  /** What a person wrote about the form of the files. */
  expected_schema: z.string(),
  expected_columns: columns.nullable(),
  on_empty: z.enum(ON_EMPTY).nullable(),
  lifecycle: z
    .object({ processed_retention_days: z.number().int().nullable() })
    .meta({ id: 'LandingZoneRetention' }),
  created_at: timestamp.nullable(),
  updated_at: timestamp.nullable(),
});
export type LandingZoneSettings = z.infer<typeof zoneSettings>;

/** A zone whose settings were stored. The numbers are null while no runner can count its files. */
export const landingZoneSettings = zoneSettings
  .extend({ file_count: count.nullable(), total_bytes: count.nullable() })
  .meta({ id: 'LandingZoneSettings' });
export type LandingZoneSettingsAnswer = z.infer<typeof landingZoneSettings>;

/** A zone with the number and the size of the files that wait in it, each under two names. */
export const landingZone = zoneSettings
  .extend({ files: count, bytes: count, file_count: count, total_bytes: count })
  .meta({ id: 'LandingZone' });
export type LandingZoneAnswer = z.infer<typeof landingZone>;

/** A zone as a runner answers it, also one of an earlier version. */
export const landingZoneOfRunner = zoneSettings.omit({ id: true }).extend({
  description: z.string().nullable(),
  expected_schema: z.string().optional(),
  files: count,
  bytes: count,
});
export type LandingZoneOfRunner = z.infer<typeof landingZoneOfRunner>;

/** `zones` is another name of `landing_zones`. */
export const allLandingZones = z
  .object({ landing_zones: z.array(landingZone), zones: z.array(landingZone), total: count })
  .meta({ id: 'AllLandingZonesPage' });

/** The query of DELETE /landing-zones/{namespace}/{zone}. */
export const deleteLandingZoneQuery = z.strictObject({ force: flag });

/** One file that waits in a zone, with what it holds, as a runner answers it. */
export const landingFileContent = z.object({
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
});
export type LandingFileContent = z.infer<typeof landingFileContent>;

/** One file that waits in a zone, with what it holds. */
export const landingFileFacts = landingFileContent
  .extend(deliveredFile)
  .meta({ id: 'LandingFile' });

const sample = z.object({ name: z.string(), bytes: count, modified_at: timestamp });

/** A sample as a runner answers it. */
export const landingSampleOfRunner = sample;

export const landingSamplesOfRunner = z.object({ samples: z.array(sample), total: count });

/** `files` names the same samples in the words of other clients. */
export const landingSamples = z
  .object({
    samples: z.array(sample),
    files: z.array(
      z.object({
        /** `<namespace>/landing/<zone>/_samples/<name>`. */
        path: z.string(),
        size: count,
        modified: timestamp,
        type: z.literal('sample'),
      }),
    ),
    total: count,
  })
  .meta({ id: 'LandingSamples' });
export type LandingSamplesAnswer = z.infer<typeof landingSamples>;

/** The answer to the upload of a sample. */
export const landingSample = sample
  .extend({
    path: z.string(),
    /** Another name of `name`. */
    filename: z.string(),
    /** Another name of `bytes`. */
    size: count,
    status: z.literal('uploaded'),
  })
  .meta({ id: 'LandingSample' });
export type LandingSampleAnswer = z.infer<typeof landingSample>;
