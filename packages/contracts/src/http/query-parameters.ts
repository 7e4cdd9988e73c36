import { z } from 'zod';

/** How many elements a page has, unless its request sets a limit, and the greatest limit. */
export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;

/** A parameter given once; an empty one counts as absent. */
export const parameter = z
  .string({ error: 'must be given once' })
  .transform((text) => (text === '' ? undefined : text))
  .optional();

/** One of `words`. */
export function oneOf<const W extends readonly [string, ...string[]]>(words: W) {
  return parameter
    .pipe(z.enum(words, { error: `must be one of ${words.join(', ')}` }).optional())
    .meta({ override: { type: 'string', enum: words } });
}

/** One or several of `words`, each once: separated by commas, or in a parameter that is given several times. */
export function someOf<const W extends readonly [string, ...string[]]>(words: W) {
  const error = `must be one or several of ${words.join(', ')}, separated by commas`;
  return parameter
    .pipe(
      z
        .string()
        .transform((text) => [...new Set(text.split(','))])
        .pipe(z.array(z.enum(words, { error })))
        .optional(),
    )
    .meta({ override: { type: 'array', items: { type: 'string', enum: words } } });
}

/** A whole number of digits only: no sign, point or exponent. */
export function wholeNumber(settings: { min: number; byDefault: number }) {
  const error = `must be a whole number of at least ${settings.min}`;
  return parameter
    .pipe(
      z
        .string()
        .regex(/^\d{1,15}$/, { error })
        .transform(Number)
        .optional(),
    )
    .pipe(z.number().min(settings.min, { error }).default(settings.byDefault));
}

export const VERSION_MAX = 999_999_999;

/** A whole number from 1 to `most`, of digits only; undefined when it is absent. */
export const wholeOrAbsent = (most: number) => {
  const error = `must be a whole number from 1 to ${most}`;
  return parameter
    .pipe(
      z
        .string()
        .regex(/^\d{1,9}$/, { error })
        .transform(Number)
        .pipe(z.number().min(1, { error }).max(most, { error }))
        .optional(),
    )
    .meta({ override: { type: 'integer', minimum: 1, maximum: most } });
};

/** At least 1; more than a page may have means as many as it may have. */
export const limit = wholeNumber({ min: 1, byDefault: PAGE_DEFAULT })
  .transform((n) => Math.min(n, PAGE_MAX))
  .meta({
    description: `More than ${PAGE_MAX} means ${PAGE_MAX}`,
    override: { type: 'integer', minimum: 1, default: PAGE_DEFAULT },
  });

export const offset = wholeNumber({ min: 0, byDefault: 0 }).meta({
  override: { type: 'integer', minimum: 0, default: 0 },
});

/** An ISO 8601 date, or time with its zone. The + of an offset may have been read as a space on its way here. */
export const instant = parameter
  .pipe(
    z
      .string()
      .transform((text) => text.replace(/ (?=\d\d:?\d\d$)/, '+'))
      .pipe(
        z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
          error: 'must be an ISO 8601 timestamp with its zone, such as 2026-02-12T14:00:00Z',
        }),
      )
      .transform((text) => new Date(text))
      .optional(),
  )
  .meta({
    description: 'A date, or a time with its zone',
    override: { type: 'string', format: 'date-time' },
  });

/** `true` or `false`; false where it is absent. */
export const flag = oneOf(['true', 'false'])
  .transform((text) => text === 'true')
  .meta({ override: { type: 'boolean', default: false } });
