import { findHiddenInLine, hasVisibleText, VIEW_SCREENS } from '@rat/domain';
import { z } from 'zod';
import { slug, timestamp } from '../common.ts';

const NAME_MAX = 100;
const VALUE_MAX = 500;

/** A person chooses a view by its name, so no two names may look the same. */
const name = z
  .string({ error: 'must be a string' })
  .refine(
    (text) =>
      [...text].length <= NAME_MAX &&
      text.trim() === text &&
      hasVisibleText(text) &&
      findHiddenInLine(text) === undefined,
    { error: `must be 1 to ${NAME_MAX} printable characters, without spaces at its ends` },
  );

/** A value of the address. The list that a view opens checks what it means. */
const value = z
  .string({ error: 'must be a string' })
  .refine(
    (text) => [...text].length <= VALUE_MAX && text !== '' && findHiddenInLine(text) === undefined,
    {
      error: `must be 1 to ${VALUE_MAX} printable characters`,
    },
  )
  .optional();

/** What the address of the screen `runs` holds of a view: the filters, and the namespace. Not its page. */
const runsQuery = z
  .strictObject({
    ns: slug.optional(),
    q: value,
    status: value,
    disposition: value,
    layer: value,
    pipeline: value,
    kind: value,
    trigger: value,
    pool: value,
    failure_code: value,
    from: value,
    to: value,
  })
  .meta({ id: 'RunsViewQuery' });

const screen = z.enum(VIEW_SCREENS, { error: `must be one of ${VIEW_SCREENS.join(', ')}` });
const shared = z.boolean({ error: 'must be true or false' });

/** The body of POST /views. */
export const createViewBody = z
  .strictObject({ name, screen, query: runsQuery, shared: shared.default(false) })
  .meta({ id: 'CreateViewBody' });

/** The body of PUT /views/{id}. A field that is absent stays as it is. */
export const putViewBody = z
  .strictObject({ name: name.optional(), query: runsQuery.optional(), shared: shared.optional() })
  .meta({ id: 'PutViewBody' });

export const viewAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    /** The screen of the console whose address it names. */
    screen: z.enum(VIEW_SCREENS),
    /** The parameters of that address, each with its text. */
    query: z.record(z.string(), z.string()),
    shared: z.boolean(),
    /** A shared view is shown to those who may see all of these namespaces; null: to all people. */
    namespaces: z.array(z.string()).nullable(),
    /** Who saved it, as the audit log names people; null: the request had no name, while sign-in was off. */
    owner: z.string().nullable(),
    /** Whether it is one of the caller's own. */
    mine: z.boolean(),
    /** Whether the caller may change and delete it. */
    may_change: z.boolean(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'View' });
export type ViewAnswer = z.infer<typeof viewAnswer>;

export const viewList = z
  .object({ views: z.array(viewAnswer), total: z.number().int().nonnegative() })
  .meta({ id: 'ViewPage' });
export type ViewList = z.infer<typeof viewList>;
