import type { Issue } from '@rat/domain';
import { z } from 'zod';
import { nearestKey, unknownKey } from './nearest-key.ts';

/** A key with its value, from a file or from an annotation; only the annotation has a position. */
export interface Field {
  key: string;
  /** Undefined when the value is missing. */
  value: unknown;
  line?: number;
  column?: number;
  /** Why the field is refused regardless of its value. */
  problem?: string;
  /** It counts as a setting only when its key is known, or nearly. */
  isLoose?: boolean;
}

/**
 * Validates fields one by one against a schema whose fields are all optional; returns the valid
 * ones. Adds mistakes to `issues`, with the path `config.key` for a file and `sql:@key` for an
 * annotation.
 */
export function readFields<S extends z.ZodObject>(
  fields: readonly Field[],
  schema: S,
  origin: string,
  issues: Issue[],
): Partial<z.infer<S>> {
  const known = Object.keys(schema.shape);
  const accepted: Record<string, unknown> = {};
  for (const field of fields) {
    const isAnnotation = field.line !== undefined;
    if (field.isLoose === true && !isMeant(field.key, known)) continue;
    const message = judge(field, known, schema, accepted, isAnnotation);
    if (message === undefined) continue;
    issues.push({
      path: isAnnotation ? `${origin}:@${field.key}` : `${origin}.${field.key}`,
      message,
      ...(field.line === undefined ? {} : { line: field.line }),
      ...(field.column === undefined ? {} : { column: field.column }),
    });
  }
  // Each value passed the schema's own field, so the object equals the schema's result.
  return accepted as Partial<z.infer<S>>;
}

/** `-- @alice please look` is a comment; `-- @max_retries 3` and `-- @max_retry 3` are mistakes. */
export function isMeant(key: string, known: readonly string[]): boolean {
  if (known.includes(key)) return true;
  return key.length >= 6 && nearestKey(key, known) !== undefined;
}

/** The mistake of a field; undefined for a valid one, whose value is then in `accepted`. */
function judge(
  field: Field,
  known: readonly string[],
  schema: z.ZodObject,
  accepted: Record<string, unknown>,
  isAnnotation: boolean,
): string | undefined {
  const { key, value } = field;
  if (!known.includes(key)) return unknownKey(key, known);
  if (field.problem !== undefined) return field.problem;
  if (Object.hasOwn(accepted, key)) return 'is set twice';
  if (value === undefined && isAnnotation) return `write it as \`-- @${key}: value\``;
  // Coercion would turn an empty text into the number 0.
  if (value === undefined || value === '') return 'has no value';
  const parsed = z.safeParse(schema.shape[key], value);
  if (!parsed.success) return parsed.error.issues.map(describeIssue).join('; ');
  accepted[key] = parsed.data;
  return undefined;
}

/** Describes an issue, with its path when the value has parts. */
function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
