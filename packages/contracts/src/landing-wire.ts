import { z } from 'zod';
import { slug, timestamp } from './common.ts';

const NAME_MAX_BYTES = 200;

/** Control characters, what separates folders anywhere, what DuckDB takes for a pattern, and half of a surrogate pair. */
const UNUSABLE = /[\p{Cc}\p{Surrogate}/\\*?[\]]/u;

const RESERVED_NAMES: readonly string[] = ['_processed', '_samples'];

/** The name of a file in a landing zone: one that means the same file to every system and every reader, and no folder. */
export const landingFileName = z
  .string({ error: 'must be given once' })
  .min(1, 'must not be empty')
  .refine((name) => Buffer.byteLength(name) <= NAME_MAX_BYTES, {
    error: `must be at most ${NAME_MAX_BYTES} bytes long`,
  })
  .refine((name) => !name.startsWith('.'), { error: 'must not begin with a dot' })
  .refine((name) => !UNUSABLE.test(name), {
    error: 'must not contain / \\ * ? [ ] or control characters',
  })
  .refine((name) => !RESERVED_NAMES.includes(name), {
    error: `must not be ${RESERVED_NAMES.join(' or ')}`,
  });

const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true');

/** The query of POST /landing-zones/{namespace}/{zone}/files. */
export const uploadQuery = z.object({ name: landingFileName, replace: flag });

const count = z.number().int().nonnegative();

export const landingZoneList = z.object({
  /** `files` and `bytes` are what waits to be read. */
  landing_zones: z.array(z.object({ name: z.string(), files: count, bytes: count })),
  total: count,
});
export type LandingZoneList = z.infer<typeof landingZoneList>;

export const landingFileList = z.object({
  /** `name` is the path within the zone; of a file that was read, `<run id>/<path>`. */
  files: z.array(z.object({ name: z.string(), bytes: count, modified_at: timestamp })),
  total: count,
});
export type LandingFileList = z.infer<typeof landingFileList>;

/** The answer to an upload. */
export const uploadedFile = z.object({ name: z.string(), bytes: count, sha256: z.string() });
export type UploadedFile = z.infer<typeof uploadedFile>;

/**
 * The one thing that a door takes besides questions: a POST of the file's content to `<door>/upload-landing-file?…`,
 * with `Expect: 100-continue`. A door that refuses says so before the first byte, so that another can be asked.
 */
export const UPLOAD_VERB = 'upload-landing-file';
export const uploadQuestion = uploadQuery.extend({ namespace: slug, zone: slug });
export type UploadQuestion = z.infer<typeof uploadQuestion>;
