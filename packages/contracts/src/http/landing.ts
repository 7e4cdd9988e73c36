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

/** The facts of every file of a zone beside its name, its size and its time. */
export const deliveredFile = {
  /** Names this very file: one of the same name that replaces it has another id. */
  id: z.string(),
  /** `<namespace>.<zone>`. */
  zone_id: z.string(),
  /** Another name of `name`. */
  filename: z.string(),
  /** The logical path `<namespace>/landing/<zone>/<name>`; no path of a disk or a bucket. */
  s3_path: z.string(),
  /** Another name of `bytes`. */
  size_bytes: count,
  /** As the sender stated it; without a useful statement, by the end of the name. */
  content_type: z.string(),
  /** Who uploaded it, as the client stated it; null for a file that was delivered past the API. */
  uploaded_by: z.string().nullable(),
  /** When it was uploaded; of a file that was delivered past the API, its own time. */
  uploaded_at: timestamp,
};

/** `name` is the path within the zone; of a file that was read, `<run id>/<path>`. */
const storedFile = z.object({ name: z.string(), bytes: count, modified_at: timestamp });
export type StoredLandingFile = z.infer<typeof storedFile>;

/** The files of a zone as a runner answers them. */
export const storedFileList = z.object({ files: z.array(storedFile), total: count });

export const landingFileList = z
  .object({ files: z.array(storedFile.extend(deliveredFile)), total: count })
  .meta({ id: 'LandingFilePage' });
export type LandingFileListAnswer = z.infer<typeof landingFileList>;

/** A file that a runner has stored; a runner of an earlier version does not send its time. */
export const storedUpload = z.object({
  name: z.string(),
  bytes: count,
  sha256: z.string(),
  modified_at: timestamp.optional(),
});
export type StoredUpload = z.infer<typeof storedUpload>;

/** The answer to an upload. */
export const uploadedFile = storedFile
  .extend({ sha256: z.string(), ...deliveredFile })
  .meta({ id: 'UploadedFile' });
export type UploadedFile = z.infer<typeof uploadedFile>;

/**
 * The method that takes a file: a POST of its content to `<runner>/upload-landing-file?…`, with
 * `Expect: 100-continue`. A runner refuses before the first byte, so that the API can try another one.
 */
export const UPLOAD_METHOD = 'upload-landing-file';
/**
 * Set for a file that is news also when the very same content waits under its name. A header, since a
 * runner of an earlier version refuses parameters that it does not know.
 */
export const UPLOAD_NEWS_HEADER = 'rat-upload-news';
export const uploadRequest = uploadQuery.extend({ namespace: slug, zone: slug });
export type UploadRequest = z.infer<typeof uploadRequest>;
