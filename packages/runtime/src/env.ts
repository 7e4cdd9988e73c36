import { z } from 'zod';

/**
 * Describes one environment variable, for the parser and for the table of settings. `about` is one
 * line for an operator; the default is part of the schema.
 */
export function envVar<S extends z.ZodType>(schema: S, about: string): S {
  return schema.describe(about);
}

/** A whole number given as text, within bounds. */
export function envInteger(bounds: { min: number; max: number }): z.ZodCoercedNumber {
  return z.coerce.number().int().min(bounds.min).max(bounds.max);
}

/** The environment is invalid; `message` has one line for each wrong variable. */
export class EnvError extends Error {
  override name = 'EnvError';
}

/**
 * Parses the environment once, at start; an empty variable counts as unset. Throws EnvError.
 *
 * @example
 * const env = parseEnv(z.object({ PORT: envInteger({ min: 0, max: 65_535 }) }), process.env);
 */
export function parseEnv<S extends z.ZodObject>(
  schema: S,
  source: Record<string, string | undefined>,
): z.infer<S> {
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new EnvError(lines.join('\n'));
}

/**
 * Sets the new name of each renamed variable that has only its old name. Returns the environment and the old names in
 * use, for a warning. The new name wins.
 *
 * @example
 * const { source, oldNames } = acceptOldNames(process.env, { RAT_DOOR_PORT: 'RAT_RUNNER_API_PORT' });
 */
export function acceptOldNames(
  given: Record<string, string | undefined>,
  renamed: Readonly<Record<string, string>>,
): { source: Record<string, string | undefined>; oldNames: string[] } {
  const source = { ...given };
  const oldNames = Object.keys(renamed).filter((name) => (given[name] ?? '') !== '');
  for (const name of oldNames) {
    const newName = renamed[name] ?? name;
    if ((given[newName] ?? '') === '') source[newName] = given[name];
  }
  return { source, oldNames };
}
