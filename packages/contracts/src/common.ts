import { DEFAULT_NAMESPACE, LAYERS, QUOTA_NAMES, SLUG_MAX_LENGTH, SLUG_PATTERN } from '@rat/domain';
import { z } from 'zod';

export const slug = z.string().max(SLUG_MAX_LENGTH).regex(SLUG_PATTERN);

/** The namespace that a body names. Clients that know no namespaces send an empty text for the default one. */
export const bodyNamespace = z
  .string()
  .max(SLUG_MAX_LENGTH)
  .regex(new RegExp(`^$|${SLUG_PATTERN.source}`), 'must be a lowercase slug')
  .transform((namespace) => (namespace === '' ? DEFAULT_NAMESPACE : namespace));

/** The same where the body may leave it out, which means the default one too. */
export const homeNamespace = bodyNamespace
  .default(DEFAULT_NAMESPACE)
  .meta({ override: { type: 'string', default: DEFAULT_NAMESPACE } });

/** A group of runners. */
export const poolName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_-]*$/, 'must be a lowercase slug');
export const layer = z.enum(LAYERS).meta({ id: 'Layer' });
export const timestamp = z.iso.datetime({ offset: true });

/** A time in a body. */
export const zoned = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with its zone' })
  .transform((text) => new Date(text))
  .meta({ override: { type: 'string', format: 'date-time' } });

/** `{namespace, layer, name}`: a pipeline's or a table's address. */
export const pipelineRef = z
  .object({ namespace: slug, layer, name: slug })
  .meta({ id: 'PipelineRef' });

/** One thing that is wrong, and where. Lines and columns count from 1 in the author's text, columns in code points. */
export const issue = z
  .object({
    path: z.string(),
    message: z.string(),
    line: z.number().int().optional(),
    column: z.number().int().optional(),
    /** A warning refuses nothing; without a severity it is an error. */
    severity: z.enum(['error', 'warning']).optional(),
    /** What to write instead, where that is known. */
    fix: z.string().optional(),
  })
  .meta({ id: 'Issue' });

/** One side of a refused write: a version; a draft, whose `version` is the one that it was begun from; or settings, whose `version` is 0. */
const contentSide = z
  .object({
    kind: z.enum(['version', 'draft', 'settings']),
    etag: z.string(),
    version: z.number().int().nonnegative(),
    content_hash: z.string().nullable(),
    author: z.string().nullable(),
    message: z.string().nullable(),
    at: timestamp,
  })
  .nullable();

/** The one shape of every error answer. */
export const errorEnvelope = z
  .object({
    error: z.object({
      code: z.string(),
      type: z.string(),
      message: z.string(),
      /** The run that is in the way, when it is one. */
      run_id: z.uuid().optional(),
      /** What is wrong, place by place, when more than one thing can be. */
      issues: z.array(issue).optional(),
      /** Of a 429 that a quota of the namespace causes. */
      quota: z
        .object({
          name: z.enum(QUOTA_NAMES),
          namespace: z.string(),
          limit: z.number().nonnegative(),
          used: z.number().nonnegative(),
          /** When the use begins at 0 again; null where that depends on runs. */
          free_at: timestamp.nullable(),
        })
        .optional(),
      /** Of a 412: what the client had read, and what is current; null for what does not exist. */
      conflict: z.object({ yours: contentSide, current: contentSide }).optional(),
    }),
    /** Of a 422 of a publish: the `issues` once more, by file and in words. */
    validation: z
      .object({
        valid: z.boolean(),
        files: z.array(
          z.object({
            path: z.string(),
            valid: z.boolean(),
            errors: z.array(z.string()),
            warnings: z.array(z.string()),
          }),
        ),
      })
      .optional(),
  })
  .meta({ id: 'Error' });
export type ErrorEnvelope = z.infer<typeof errorEnvelope>;
