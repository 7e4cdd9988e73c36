import { parseRef, SLUG_MAX_LENGTH } from '@rat/domain';
import { z } from 'zod';
import { slug } from '../common.ts';
import { testFacts } from './test-facts.ts';

const column = z.string().min(1).max(256);
const columnList = z.array(column).min(1).max(100);

/** One column, or several; parsed, always a list. */
const columns = z
  .union([column.transform((name) => [name]).pipe(columnList), columnList], {
    error: 'must be a column, or a list of columns',
  })
  .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, {
    error: 'names a column twice',
  });

const acceptedValues = z.strictObject({
  column,
  values: z
    .array(
      z.union([z.string(), z.number(), z.boolean()], {
        error: 'must be text, a number, or true or false; NULL always passes',
      }),
    )
    .min(1)
    .max(1_000),
});

const relationships = z.strictObject({
  column,
  /** `layer.name`, or `namespace.layer.name`. */
  to: z.string().refine((name) => parseRef(name, 'default') !== undefined, {
    error: 'must be layer.name or namespace.layer.name',
  }),
  field: column,
});

const rowCount = z
  .strictObject({
    min: z.number().int().nonnegative().optional(),
    max: z.number().int().nonnegative().optional(),
    /** How far the rows may be from those of main, in percent of these. */
    max_change_pct: z.number().nonnegative().optional(),
  })
  .refine((limits) => Object.keys(limits).length > 0, {
    error: 'needs min, max or max_change_pct',
  })
  .refine(({ min = 0, max = Infinity }) => min <= max, { error: 'min must not exceed max' });

const freshness = z.strictObject({ column, max_age_hours: z.number().positive() });

const KINDS = [
  'not_null',
  'unique',
  'accepted_values',
  'relationships',
  'row_count',
  'freshness',
] as const;

/** One entry of `tests:` in a `config.yaml`: one check, with its name, severity and description. */
export const builtInTest = z
  .strictObject({
    not_null: columns.optional(),
    unique: columns.optional(),
    accepted_values: acceptedValues.optional(),
    relationships: relationships.optional(),
    row_count: rowCount.optional(),
    freshness: freshness.optional(),
    name: slug.optional(),
    ...testFacts,
    severity: testFacts.severity.optional(),
  })
  .refine((test) => KINDS.filter((kind) => test[kind] !== undefined).length === 1, {
    error: `must have one of ${KINDS.join(', ')}`,
  })
  .meta({ id: 'BuiltInTest' });
export type BuiltInTest = z.infer<typeof builtInTest>;

/** The check of a built-in test. */
export type BuiltInCheck =
  | { kind: 'not_null' | 'unique'; columns: readonly string[] }
  | { kind: 'accepted_values'; column: string; values: readonly (string | number | boolean)[] }
  | { kind: 'relationships'; column: string; to: string; field: string }
  | {
      kind: 'row_count';
      min?: number | undefined;
      max?: number | undefined;
      maxChangePct?: number | undefined;
    }
  | { kind: 'freshness'; column: string; maxAgeHours: number };

/** The one check of a test that was parsed. */
export function builtInCheck(test: BuiltInTest): BuiltInCheck {
  if (test.not_null) return { kind: 'not_null', columns: test.not_null };
  if (test.unique) return { kind: 'unique', columns: test.unique };
  if (test.accepted_values) return { kind: 'accepted_values', ...test.accepted_values };
  if (test.relationships) return { kind: 'relationships', ...test.relationships };
  if (test.freshness) {
    const { column: name, max_age_hours: maxAgeHours } = test.freshness;
    return { kind: 'freshness', column: name, maxAgeHours };
  }
  const { min, max, max_change_pct: maxChangePct } = test.row_count ?? {};
  return { kind: 'row_count', min, max, maxChangePct };
}

/** The name of the test, or one made from its check, such as `not_null_day`. */
export function builtInTestName(test: BuiltInTest): string {
  if (test.name !== undefined) return test.name;
  const check = builtInCheck(test);
  const words = [check.kind, ...columnsOf(check)].join('_').toLowerCase();
  return words.replaceAll(/[^a-z0-9_-]/g, '_').slice(0, SLUG_MAX_LENGTH);
}

/** The columns of its own table that a check reads. */
export function columnsOf(check: BuiltInCheck): readonly string[] {
  switch (check.kind) {
    case 'not_null':
    case 'unique':
      return check.columns;
    case 'accepted_values':
    case 'relationships':
    case 'freshness':
      return [check.column];
    case 'row_count':
      return [];
  }
}
