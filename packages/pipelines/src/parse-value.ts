import { z } from 'zod';
import { unknownKey } from './nearest-key.ts';

/** A mistake within a value. `path` leads to its key, also to one that is unknown. */
export interface ValueMistake {
  path: string[];
  message: string;
}

/** Parses a value of a pipeline's files. Each mistake is one of its own, with the path of its key. */
export function parseValue<S extends z.core.$ZodType>(
  schema: S,
  value: unknown,
): { ok: true; value: z.core.output<S> } | { ok: false; mistakes: ValueMistake[] } {
  const known = new Map<string, string[]>();
  // Only the error map sees the schema of the mapping, with the keys that it has.
  const noteKeys: z.core.$ZodErrorMap = ({ code, inst, path = [] }) => {
    if (code === 'unrecognized_keys' && inst instanceof z.ZodObject) {
      known.set(path.join('.'), Object.keys(inst.shape));
    }
    return undefined;
  };
  const parsed = z.safeParse(schema, value, { error: noteKeys });
  if (parsed.success) return { ok: true, value: parsed.data };
  const { issues } = parsed.error;
  const misspelt = issues.filter(({ code }) => code === 'unrecognized_keys').map(pathOf);
  // A misspelt key is why its mapping lacks the right one.
  const causes = issues.filter(
    (issue) => issue.code !== 'custom' || !misspelt.includes(pathOf(issue)),
  );
  return { ok: false, mistakes: causes.flatMap((issue) => describe(issue, known)) };
}

function pathOf({ path }: z.core.$ZodIssue): string {
  return path.join('.');
}

function describe(issue: z.core.$ZodIssue, known: Map<string, string[]>): ValueMistake[] {
  const path = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const keys = known.get(path.join('.')) ?? [];
      const explain = (key: string): string =>
        keys.length === 0 ? 'unknown key' : unknownKey(key, keys);
      return issue.keys.map((key) => ({ path: [...path, key], message: explain(key) }));
    }
    case 'invalid_key': {
      const [first] = issue.issues;
      return [{ path, message: `the name ${first?.message ?? 'is not valid'}` }];
    }
    default:
      return [{ path, message: issue.message }];
  }
}
