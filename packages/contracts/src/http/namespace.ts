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

/** The body of POST /namespaces. */
export const createNamespaceBody = z
  .strictObject({
    name,
    description: description.nullish(),
    owner: ownerName.nullish(),
    /** Its share of the slots: while both wait, a namespace of weight 2 starts twice as many runs as one of weight 1. */
    weight: weight.optional(),
  })
  .meta({ id: 'CreateNamespaceBody' });

/** The body of PUT /namespaces/{namespace}: a field that is left out stays as it is, null clears it. */
export const putNamespaceBody = z
  .strictObject({
    description: description.nullish(),
    owner: ownerName.nullish(),
    weight: weight.optional(),
  })
  .meta({ id: 'PutNamespaceBody' });

export const namespaceAnswer = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    owner: z.string().nullable(),
    /** Its share of the slots while several namespaces wait. */
    weight: z.number().int().positive(),
    /** Pipelines that are not deleted. */
    pipelines: z.number().int().nonnegative(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Namespace' });
export type NamespaceAnswer = z.infer<typeof namespaceAnswer>;

export const namespaceList = z
  .object({ namespaces: z.array(namespaceAnswer), total: z.number().int().nonnegative() })
  .meta({ id: 'NamespacePage' });
export type NamespaceList = z.infer<typeof namespaceList>;
