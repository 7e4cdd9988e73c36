import { pipelineConfig, putPipelineBody, qualityTest, type PutPipelineBody } from '@rat/contracts';
import { InputError, UnprocessableError, type Issue, type PipelineRef } from '@rat/domain';
import { contentHash, unknownKey } from '@rat/pipelines';
import type { PipelineContent } from '@rat/store';
import type { z } from 'zod';
import { describeIssues, toIssues } from '../http/parse-input.ts';
import type { PipelineDeps } from './pipeline-deps.ts';

/**
 * Validates the files of a pipeline, as every write does that makes a version. Throws
 * UnprocessableError with every mistake.
 *
 * @example
 * const content = await defineContent(deps, ref, parsePipelineBody(body));
 */
export async function defineContent(
  deps: PipelineDeps,
  ref: PipelineRef,
  body: Pick<PutPipelineBody, 'sql' | 'config' | 'quality_tests'>,
): Promise<PipelineContent> {
  const { sql, config, qualityTests } = await deps.definer.define({
    ref,
    sql: body.sql,
    config: body.config,
    qualityTests: body.quality_tests,
  });
  return { sql, config, qualityTests, contentHash: contentHash({ sql, config, qualityTests }) };
}

/** Stored content, of a draft or an earlier version, which may have any mistake. */
export interface StoredContent {
  sql: string;
  config: unknown;
  qualityTests: unknown;
}

/** Validates stored content. Throws UnprocessableError: the request itself has no mistake. */
export async function defineStored(
  deps: PipelineDeps,
  ref: PipelineRef,
  { sql, config, qualityTests }: StoredContent,
): Promise<PipelineContent> {
  try {
    const body = parsePipelineBody({ sql, config, quality_tests: qualityTests });
    return await defineContent(deps, ref, body);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UnprocessableError(error.message, error.issues, { cause: error });
  }
}

/** The mistakes of stored content; none when it can be published. */
export async function findIssues(
  deps: PipelineDeps,
  ref: PipelineRef,
  stored: StoredContent,
): Promise<readonly Issue[]> {
  try {
    await defineStored(deps, ref, stored);
    return [];
  } catch (error) {
    if (!(error instanceof UnprocessableError)) throw error;
    return error.issues;
  }
}

/**
 * A wrong shape is a mistake of the client (400); a wrong value in the pipeline's files is a
 * mistake of its author (422).
 */
export function parsePipelineBody(body: unknown): PutPipelineBody {
  const parsed = putPipelineBody.safeParse(body);
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
