import type { z } from 'zod';
import { acceptOldNames, parseEnv } from './env.ts';
import { nearestName } from './nearest-name.ts';
import { receiveEnvironment } from './secrets.ts';
import { VARIABLE_NAMES } from './variable-names.ts';

/** The settings of a process. */
export interface Settings<S extends z.ZodObject> {
  env: z.infer<S>;
  /** Every variable, with the contents of files such as `DATABASE_URL_FILE`. */
  source: Record<string, string | undefined>;
  /** One line for each variable that does not do what its author expects. */
  warnings: string[];
}

/**
 * Reads the environment of this process once, at its start. Throws EnvError, which names every wrong
 * variable. `renamed` has the old names of variables that are still accepted.
 *
 * @example
 * const { env, warnings } = readSettings(apiEnv, process.env);
 */
export function readSettings<S extends z.ZodObject>(
  schema: S,
  started: Record<string, string | undefined>,
  renamed: Readonly<Record<string, string>> = {},
): Settings<S> {
  const received = receiveEnvironment(started);
  const { source, oldNames } = acceptOldNames(received.source, renamed);
  const env = parseEnv(schema, source, received.problems);
  const warnings = [
    ...oldNames.map((name) => `${name}: its name is now ${renamed[name] ?? ''}`),
    ...describeUnknownVariables(source, [...VARIABLE_NAMES, ...Object.keys(renamed)]),
  ];
  return { env, source, warnings };
}

/** A line for each `RAT_` variable that no process of this project reads. Tests have variables of their own. */
function describeUnknownVariables(
  source: Record<string, string | undefined>,
  known: readonly string[],
): string[] {
  return Object.keys(source)
    .filter((name) => name.startsWith('RAT_') && !name.startsWith('RAT_TEST_'))
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return `${name}: no setting has this name${meant}`;
    });
}
