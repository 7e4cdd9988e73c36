import { z } from 'zod';
import { issue, layer, slug } from '../common.ts';
import { sqlText, TESTS_MAX } from '../pipeline-files/pipeline-files.ts';

/** The longest `config.yaml`, in characters. */
const CONFIG_MAX_LENGTH = 100_000;

/** The pipeline that the files are for: it need not exist. */
export const unsavedRef = z.strictObject({ namespace: slug, layer, name: slug });

/**
 * The files of a pipeline that is not stored: the body of its PUT. So an editor sends one object to both, and the `path`
 * of an issue is the same in both answers: `sql`, `config.<key>`, `quality_tests.<name>.sql`. `config` may also be the
 * text of a `config.yaml`; only then have the mistakes in it a line and a column.
 */
export const unsavedFiles = z.strictObject({
  sql: sqlText,
  config: z
    .union([z.string().max(CONFIG_MAX_LENGTH), z.record(z.string(), z.unknown())])
    .optional(),
  /** A wrong field of a test is an issue, not a wrong request. */
  quality_tests: z
    .array(z.looseObject({ name: slug, sql: sqlText }))
    .max(TESTS_MAX)
    .optional(),
});
export type UnsavedFiles = z.infer<typeof unsavedFiles>;

/** The body of POST /pipelines/validate. */
export const validateBody = z
  .strictObject({ ref: unsavedRef, files: unsavedFiles })
  .meta({ id: 'ValidateBody' });

/** An issue whose severity is always there. */
export const ratedIssue = issue.required({ severity: true }).meta({ id: 'RatedIssue' });
export type RatedIssue = z.infer<typeof ratedIssue>;

export const outputColumn = z.object({ name: z.string(), type: z.string() });

/** What is known of a pipeline before it is stored. */
export const validateAnswer = z
  .object({
    /** Errors first. A pipeline without errors could be stored, and its SQL binds as the tables are now. */
    issues: z.array(ratedIssue),
    /** The tables that the pipeline's SQL reads in any kind of run, as `namespace.layer.name`. */
    refs: z.array(z.string()),
    /** The landing zones of its namespace that it reads. */
    landing_zones: z.array(z.string()),
    /** The facts of a run that its SQL uses, such as `run_started_at`. */
    params: z.array(z.string()),
    /** The columns of the result; empty while they cannot be known. */
    columns: z.array(outputColumn),
  })
  .meta({ id: 'ValidateResult' });
export type ValidateAnswer = z.infer<typeof validateAnswer>;
