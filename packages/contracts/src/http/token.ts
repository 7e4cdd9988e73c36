import { findHiddenInLine, hasVisibleText, ROLES } from '@rat/domain';
import { z } from 'zod';
import { slug, timestamp } from '../common.ts';

const NAME_MAX = 100;
const NAMESPACES_MAX = 100;

/** The name of the principal that signs in with the token in RAT_ADMIN_TOKEN. */
export const ADMIN_NAME = 'admin';

export const role = z.enum(ROLES).meta({ id: 'Role' });

/** It is stored with everything that the token does, so a reader must be able to tell it from any other one. */
const name = z
  .string()
  .refine(
    (text) =>
      [...text].length <= NAME_MAX &&
      text.trim() === text &&
      hasVisibleText(text) &&
      findHiddenInLine(text) === undefined,
    { error: `must be 1 to ${NAME_MAX} printable characters, without spaces at its ends` },
  )
  .refine((text) => text !== ADMIN_NAME, {
    error: `must be another name: ${ADMIN_NAME} is the token in RAT_ADMIN_TOKEN`,
  })
  .refine((text) => !text.startsWith('oidc:'), {
    error: 'must not begin with oidc: as the people of an identity provider do',
  });

const end = z.iso
  .datetime({
    offset: true,
    error: 'must be a time with its zone, such as 2026-02-12T14:00:00Z',
  })
  .transform((text) => new Date(text))
  .meta({ override: { type: 'string', format: 'date-time' } });

/** The body of POST /tokens. */
export const createTokenBody = z
  .strictObject({
    name,
    role,
    /** All that its principal sees and touches, and that SQL of its principal reads; null is all of them. */
    namespaces: z
      .array(slug)
      .min(1)
      .max(NAMESPACES_MAX)
      .refine((names) => new Set(names).size === names.length, {
        error: 'must name each namespace once',
      })
      .nullish(),
    expires_at: end.nullish(),
  })
  .meta({ id: 'CreateTokenBody' });

/** The body of PUT /tokens/{id}; null: the token does not end by itself. */
export const putTokenBody = z
  .strictObject({ expires_at: end.nullable() })
  .meta({ id: 'PutTokenBody' });

const fields = {
  id: z.uuid(),
  name: z.string(),
  role,
  /** Null: all. */
  namespaces: z.array(z.string()).nullable(),
  /** The token that made it; null for the one that turned sign-in on. */
  created_by: z.string().nullable(),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  /** Exact to a minute. */
  last_used_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
};

export const tokenAnswer = z.object(fields).meta({ id: 'Token' });
export type TokenAnswer = z.infer<typeof tokenAnswer>;

export const createTokenAnswer = z
  .object({
    ...fields,
    /** The token itself. It is shown this once: only its SHA-256 is stored. */
    token: z.string(),
  })
  .meta({ id: 'NewToken' });
export type CreateTokenAnswer = z.infer<typeof createTokenAnswer>;

export const tokenList = z
  .object({ tokens: z.array(tokenAnswer), total: z.number().int().nonnegative() })
  .meta({ id: 'TokenPage' });
export type TokenList = z.infer<typeof tokenList>;
