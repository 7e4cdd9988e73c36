import {
  configText,
  pipelineConfig,
  putPipelineBody,
  qualityTest,
  type PutPipelineBody,
} from '@rat/contracts';
import { InputError, UnprocessableError } from '@rat/domain';
import { unknownKey } from '@rat/pipelines';
import type { z } from 'zod';
import { describeIssues, toIssues } from '../http/parse-input.ts';

/** The body of a PUT, whose `config` may be the text of a `config.yaml`. */
export type PipelineBody = Omit<PutPipelineBody, 'config'> & {
  config?: PutPipelineBody['config'] | string;
};

/** The body whose `config` is text; the text is parsed where templates are, on another thread. */
const bodyWithText = putPipelineBody.extend({ config: configText });

/**
 * A wrong shape is a mistake of the client (400); a wrong value in the pipeline's files is a
 * mistake of its author (422).
 */
export function parsePipelineBody(body: unknown): PipelineBody {
  const isText = typeof (body as { config?: unknown } | null)?.config === 'string';
  const parsed = (isText ? bodyWithText : putPipelineBody).safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = toIssues(parsed.error).map((issue, index) => {
    const unknown = describeUnknownKeys(parsed.error.issues[index]);
    return unknown === undefined ? issue : { ...issue, message: unknown };
  });
  const allInFiles = parsed.error.issues.every(({ path }) => path.length > 1 || isUnknownKey(path));
  const Refusal = allInFiles ? UnprocessableError : InputError;
  throw new Refusal(describeIssues(issues), issues);
}

const NAMED_KEYS_MAX = 10;

/**
 * One message for each unknown key, with the known key that was probably meant; undefined for any
 * other issue.
 */
function describeUnknownKeys(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue?.code !== 'unrecognized_keys') return undefined;
  const [first, ...rest] = issue.path;
  const keysAt = (): string[] | undefined => {
    if (first === undefined) return Object.keys(putPipelineBody.shape);
    if (first === 'config' && rest.length === 0) return Object.keys(pipelineConfig.shape);
    if (first === 'quality_tests' && rest.length === 1) return Object.keys(qualityTest.shape);
    return undefined;
  };
  const known = keysAt();
  if (known === undefined) return undefined;
  // Limits the comparisons with every known key, on the thread that serves all requests.
  const named = issue.keys.slice(0, NAMED_KEYS_MAX);
  return named.map((key) => `${key}: ${unknownKey(key, known)}`).join('; ');
}

/** An unknown key of `config` is reported at `config` itself. */
function isUnknownKey(path: PropertyKey[]): boolean {
  return path[0] === 'config';
}
