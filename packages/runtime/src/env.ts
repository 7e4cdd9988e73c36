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
 * Parses variables; an empty one counts as unset. Throws EnvError, which names every wrong variable.
 * `problems` are added to it, and replace the complaint that the variable of a file is missing.
 */
export function parseEnv<S extends z.ZodObject>(
  schema: S,
  source: Record<string, string | undefined>,
  problems: readonly { variable: string; message: string }[] = [],
): z.infer<S> {
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  const lines = problems.map(({ variable, message }) => `${variable}: ${message}`);
  const unread = new Set(problems.map(({ variable }) => variable.replace(/_FILE$/, '')));
  for (const { path, message } of parsed.error?.issues ?? []) {
    const variable = path.join('.');
    if (!unread.has(variable)) lines.push(`${variable}: ${message}`);
  }
  if (parsed.success && lines.length === 0) return parsed.data;
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
