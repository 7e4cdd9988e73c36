import { landingNameProblem } from '@rat/domain';
import { z } from 'zod';
import { slug, timestamp } from '../common.ts';

/** The name of a file in a landing zone: one that means the same file to every system and every reader, and no folder. */
export const landingFileName = z
  .string({ error: 'must be given once' })
  .superRefine((name, context) => {
    const problem = landingNameProblem(name);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** A parameter that is `true` or `false`; false where it is absent. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true')
  .meta({ override: { type: 'boolean', default: false } });

/** The query of POST /landing-zones/{namespace}/{zone}/files. */
export const uploadQuery = z.strictObject({ name: landingFileName, replace: flag });

const count = z.number().int().nonnegative();

export const landingZoneList = z
  .object({
    /** `files` and `bytes` are what waits to be read. */
    landing_zones: z.array(z.object({ name: z.string(), files: count, bytes: count })),
    total: count,
  })
  .meta({ id: 'LandingZonePage' });

export const landingFileList = z
  .object({
    /** `name` is the path within the zone; of a file that was read, `<run id>/<path>`. */
    files: z.array(z.object({ name: z.string(), bytes: count, modified_at: timestamp })),
    total: count,
  })
  .meta({ id: 'LandingFilePage' });

/** The answer to an upload. */
export const uploadedFile = z
  .object({ name: z.string(), bytes: count, sha256: z.string() })
  .meta({ id: 'UploadedFile' });
export type UploadedFile = z.infer<typeof uploadedFile>;

/**
 * The method that takes a file: a POST of its content to `<runner>/upload-landing-file?…`, with
 * `Expect: 100-continue`. A runner refuses before the first byte, so that the API can try another one.
 */
export const UPLOAD_METHOD = 'upload-landing-file';
export const uploadRequest = uploadQuery.extend({ namespace: slug, zone: slug });
export type UploadRequest = z.infer<typeof uploadRequest>;
