import { InputError, type Issue } from '@rat/domain';
import { z } from 'zod';
import { describeUnknown } from '@rat/runtime';

/**
 * Parses a value with `schema`. Throws InputError, whose message names the first invalid field.
 *
 * @example
 * const name = parseInput(landingFileName, req.params.name);
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  explain: z.core.$ZodErrorMap = explainIssue,
): z.infer<S> {
  const parsed = schema.safeParse(value, { error: explain });
  if (parsed.success) return parsed.data;
  const issues = toIssues(parsed.error);
  throw new InputError(describeIssues(issues), issues);
}

/**
 * The message for a Zod issue without one of its own. It states what is wrong and what would be
 * valid: the limits of a number, and the closest known name of an unknown key. Pass it to
 * `safeParse` as `error`.
 */
export const explainIssue: z.core.$ZodErrorMap = (issue) => explainAs('key', issue);

/** Like `explainIssue`, for a query string. */
export const explainParameter: z.core.$ZodErrorMap = (issue) => explainAs('parameter', issue);

/**
 * Limits the comparisons: each unknown key is compared with every known one, on the thread that
 * serves all requests.
 */
const NAMED_KEYS_MAX = 10;

function explainAs(what: string, issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue)
        .slice(0, NAMED_KEYS_MAX)
        .map((key) => describeUnknown(what, key, knownKeys(issue.inst)))
        .join('; ');
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing; it must be ${kindOf(issue)}`
        : `must be ${kindOf(issue)}, not ${nameOf(issue.input)}`;
    case 'too_small':
      return describeLimit(issue, 'at least', issue['minimum']);
    case 'too_big':
      return describeLimit(issue, 'at most', issue['maximum']);
    case 'invalid_value':
      return Array.isArray(issue['values'])
        ? `must be one of ${issue['values'].map(String).join(', ')}`
        : undefined;
    default:
      return undefined;
  }
}

/**
 * Converts Zod's issues. Unknown keys come first: a misspelt key is often why another one is
 * missing.
 */
export function toIssues(error: z.ZodError): Issue[] {
  const isUnknown = ({ code }: z.core.$ZodIssue): boolean => code === 'unrecognized_keys';
  const unknown = error.issues.filter(isUnknown);
  const others = error.issues.filter((issue) => !isUnknown(issue));
  return [...unknown, ...others].map(({ path, message }) => ({ path: path.join('.'), message }));
}

/** One line about the first issue, and the number of further ones. */
export function describeIssues(issues: readonly Issue[]): string {
  const [first] = issues;
  if (first === undefined) return 'invalid request';
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : '';
  return first.path === '' ? `${first.message}${more}` : `${first.path}: ${first.message}${more}`;
}

function unknownKeys(issue: z.core.$ZodRawIssue): string[] {
  return Array.isArray(issue['keys']) ? issue['keys'].map(String) : [];
}

function knownKeys(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function isNumber(schema: unknown): schema is z.ZodNumber {
  return schema instanceof z.ZodNumber;
}

const UNITS: Record<string, string> = { string: ' characters long', array: ' items long' };

function describeLimit(issue: z.core.$ZodRawIssue, word: string, limit: unknown): string {
  return `must be ${word} ${String(limit)}${UNITS[String(issue['origin'])] ?? ''}`;
}

const KINDS: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function kindOf({ inst, ...issue }: z.core.$ZodRawIssue): string {
  if (isNumber(inst)) return describeNumber(inst);
  const expected = String(issue['expected']);
  return KINDS[expected] ?? expected;
}

/** Describes a number by the limits of its schema: `a whole number from 1 to 100`. */
function describeNumber(schema: z.ZodNumber): string {
  const { minValue, maxValue, format } = schema;
  const kind = format === null || format.startsWith('float') ? 'a number' : 'a whole number';
  const hasMin =
    minValue !== null && Number.isFinite(minValue) && minValue > -Number.MAX_SAFE_INTEGER;
  const hasMax =
    maxValue !== null && Number.isFinite(maxValue) && maxValue < Number.MAX_SAFE_INTEGER;
  if (hasMin && hasMax) return `${kind} from ${minValue} to ${maxValue}`;
  if (hasMin) return `${kind} of at least ${minValue}`;
  return hasMax ? `${kind} of at most ${maxValue}` : kind;
}

function nameOf(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number')
    return String(value);
  if (typeof value === 'string') return 'a string';
  return Array.isArray(value) ? 'a list' : 'an object';
}
