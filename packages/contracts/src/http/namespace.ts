import {
  findHiddenInLine,
  findHiddenInText,
  hasVisibleText,
  isReservedNamespace,
  SLUG_MAX_LENGTH,
  SLUG_PATTERN,
} from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';

const OWNER_MAX = 200;
const DESCRIPTION_MAX = 5_000;
const WEIGHT_MAX = 1_000;

const name = z
  .string()
  .max(SLUG_MAX_LENGTH)
  .regex(SLUG_PATTERN, {
    error: 'must be a lowercase slug (a-z, 0-9, hyphens, underscores; must start with a letter)',
  })
  .refine((text) => !isReservedNamespace(text), {
    error: 'must be another name: SQL uses this one for itself',
  });

const description = z
  .string()
  .max(DESCRIPTION_MAX)
  .refine((text) => findHiddenInText(text) === undefined, {
    error: 'must not contain a character that a reader cannot see',
  });

/** Who is responsible for a thing, as people write it. */
export const ownerName = z
  .string()
  .refine(
    (text) =>
      [...text].length <= OWNER_MAX && hasVisibleText(text) && findHiddenInLine(text) === undefined,
    { error: `must be 1 to ${OWNER_MAX} printable characters` },
  );

const weight = z.number().int().min(1).max(WEIGHT_MAX);

const QUOTA_MAX = 1_000_000_000;

/** `upload_bytes` is a JSON number, so it ends where these are exact. */
const quotas = {
  /** Runs that may wait to start. A further one is refused. */
  runs_in_line: z.number().int().min(0).max(QUOTA_MAX),
  /** Runs that may run at the same time. Further ones wait. */
  runs_running: z.number().int().min(0).max(QUOTA_MAX),
  /** Seconds of queries and previews in an hour. */
  query_seconds: z.number().int().min(0).max(QUOTA_MAX),
  /** Bytes of uploads to landing zones in a day of UTC. */
  upload_bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
};

/** A quota that is left out stays as it is, null takes it away. */
const quotaChanges = z
  .strictObject({
    runs_in_line: quotas.runs_in_line.nullish(),
    runs_running: quotas.runs_running.nullish(),
    query_seconds: quotas.query_seconds.nullish(),
    upload_bytes: quotas.upload_bytes.nullish(),
  })
  .meta({ id: 'QuotaChanges' });

/** Null: no quota. */
const quotasAnswer = z
  .object({
    runs_in_line: quotas.runs_in_line.nullable(),
    runs_running: quotas.runs_running.nullable(),
    query_seconds: quotas.query_seconds.nullable(),
    upload_bytes: quotas.upload_bytes.nullable(),
  })
  .meta({ id: 'Quotas' });

/** The body of POST /namespaces. */
export const createNamespaceBody = z
  .strictObject({
    name,
    description: description.nullish(),
    owner: ownerName.nullish(),
    /** Its share of the slots: while both wait, a namespace of weight 2 starts twice as many runs as one of weight 1. */
    weight: weight.optional(),
    quotas: quotaChanges.optional(),
  })
  .meta({ id: 'CreateNamespaceBody' });

/** The body of PUT /namespaces/{namespace}: a field that is left out stays as it is, null clears it. */
export const putNamespaceBody = z
  .strictObject({
    description: description.nullish(),
    owner: ownerName.nullish(),
    weight: weight.optional(),
    quotas: quotaChanges.optional(),
  })
  .meta({ id: 'PutNamespaceBody' });

export const namespaceAnswer = z
  .object({
    name: z.string(),
    /** Empty without one. */
    description: z.string(),
    owner: z.string().nullable(),
    /** Its share of the slots while several namespaces wait. */
    weight: z.number().int().positive(),
    /** Pipelines that are not deleted. */
    pipelines: z.number().int().nonnegative(),
    quotas: quotasAnswer,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Namespace' });
export type NamespaceAnswer = z.infer<typeof namespaceAnswer>;

const use = z.number().nonnegative();

/** A namespace with what it uses of its quotas now. */
export const namespaceDetail = namespaceAnswer
  .extend({
    /** `query_seconds` of this hour and `upload_bytes` of this day are counted only while they have a quota. */
    quota_use: z.object({
      runs_in_line: use,
      runs_running: use,
      query_seconds: use,
      upload_bytes: use,
    }),
  })
  .meta({ id: 'NamespaceDetail' });
export type NamespaceDetail = z.infer<typeof namespaceDetail>;

export const namespaceList = z
  .object({ namespaces: z.array(namespaceAnswer), total: z.number().int().nonnegative() })
  .meta({ id: 'NamespacePage' });
export type NamespaceList = z.infer<typeof namespaceList>;
