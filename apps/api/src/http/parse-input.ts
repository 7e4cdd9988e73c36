import { InputError, type Issue } from '@rat/domain';
import type { z } from 'zod';

/** The value as `schema` reads it. Throws InputError, whose message names the first field that is wrong. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = toIssues(parsed.error);
  throw new InputError(describeIssues(issues), issues);
}

/** Zod's findings as ours. */
export function toIssues(error: z.ZodError): Issue[] {
  return error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
}

/** One line about the first finding, and how many there are more. */
export function describeIssues(issues: readonly Issue[]): string {
  const [first] = issues;
  if (first === undefined) return 'invalid request';
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : '';
  return first.path === '' ? `${first.message}${more}` : `${first.path}: ${first.message}${more}`;
}
