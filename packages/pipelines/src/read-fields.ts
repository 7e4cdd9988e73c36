import type { Issue } from '@rat/domain';
import { z } from 'zod';
import { nearestKey, unknownKey } from './nearest-key.ts';

/** A key with its value, from a file or from an annotation; the latter knows its place. */
export interface Field {
  key: string;
  /** Undefined when nothing was given. */
  value: unknown;
  line?: number;
  column?: number;
  /** Why it cannot be used, with any value. */
  problem?: string;
  /** It is meant as a setting only when its key is known, or nearly. */
  isLoose?: boolean;
}

/**
 * Validates fields one by one against a schema whose fields are all optional, and answers those that hold. Mistakes
 * are appended to `issues` with the path `config.key` for a file and `sql:@key` for an annotation.
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
  // Each value came out of the schema's own field, so the object is what the schema would have answered.
  return accepted as Partial<z.infer<S>>;
}

/** `-- @alice please look` is a comment; `-- @max_retries 3` and `-- @max_retry 3` are slips. */
export function isMeant(key: string, known: readonly string[]): boolean {
  if (known.includes(key)) return true;
  return key.length >= 6 && nearestKey(key, known) !== undefined;
}

/** What is wrong with the field; undefined, and the value in `accepted`, when nothing is. */
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
  // An empty text would be coerced to the number 0.
  if (value === undefined || value === '') return 'has no value';
  const parsed = z.safeParse(schema.shape[key], value);
  if (!parsed.success) return parsed.error.issues.map(describeIssue).join('; ');
  accepted[key] = parsed.data;
  return undefined;
}

/** With the place within the value, for a value that has parts. */
function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
