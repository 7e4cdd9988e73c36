import type { Issue } from '@rat/domain';
import { z } from 'zod';
import { nearestKey, unknownKey } from './nearest-key.ts';
import { parseValue, type ValueMistake } from './parse-value.ts';

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
 * ones. Adds mistakes to `issues`, each with the path of its key, such as `config.concurrency.limit`,
 * for a file, and `sql:@key` for an annotation.
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
    if (field.isLoose === true && !isMeant(field.key, known)) continue;
    issues.push(
      ...judge(field, schema, accepted).map((mistake) => toIssue(mistake, field, origin)),
    );
  }
  // Each value passed the schema's own field, so the object equals the schema's result.
  return accepted as Partial<z.infer<S>>;
}

/** `-- @alice please look` is a comment; `-- @max_retries 3` and `-- @max_retry 3` are mistakes. */
export function isMeant(key: string, known: readonly string[]): boolean {
  if (known.includes(key)) return true;
  return key.length >= 6 && nearestKey(key, known) !== undefined;
}

function toIssue({ path, message }: ValueMistake, field: Field, origin: string): Issue {
  const { key, line, column } = field;
  if (!isAnnotation(field)) return { path: [origin, key, ...path].join('.'), message };
  return {
    path: `${origin}:@${key}`,
    message,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}

function isAnnotation({ line }: Field): boolean {
  return line !== undefined;
}

/** The mistakes of a field; none for a valid one, whose value is then in `accepted`. */
function judge(
  field: Field,
  schema: z.ZodObject,
  accepted: Record<string, unknown>,
): ValueMistake[] {
  const message = judgeKey(field, Object.keys(schema.shape), accepted);
  if (message !== undefined) return [{ path: [], message }];
  const { key, value } = field;
  const parsed = parseValue(schema.shape[key] ?? z.never(), value);
  if (parsed.ok) {
    accepted[key] = parsed.value;
    return [];
  }
  if (!isAnnotation(field)) return parsed.mistakes;
  return [{ path: [], message: parsed.mistakes.map(describeMistake).join('; ') }];
}

/** Why the value of a field is not even looked at. */
function judgeKey(
  field: Field,
  known: readonly string[],
  accepted: Record<string, unknown>,
): string | undefined {
  const { key, value } = field;
  if (!known.includes(key)) return unknownKey(key, known);
  if (field.problem !== undefined) return field.problem;
  if (Object.hasOwn(accepted, key)) return 'is set twice';
  if (value === undefined && isAnnotation(field)) return `write it as \`-- @${key}: value\``;
  // Coercion would turn an empty text into the number 0.
  return value === undefined || value === '' ? 'has no value' : undefined;
}

/** Describes a mistake, with its path when the value has parts. */
function describeMistake({ path, message }: ValueMistake): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
