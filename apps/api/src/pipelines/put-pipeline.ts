import {
  pipelineConfig,
  putPipelineBody,
  qualityTest,
  type PutPipelineAnswer,
  type PutPipelineBody,
} from '@rat/contracts';
import { formatRef, InputError, UnprocessableError } from '@rat/domain';
import { contentHash, toDefinition, unknownKey, unprocessable } from '@rat/pipelines';
import { findPipelineSources, getPipeline, putPipeline } from '@rat/store';
import type { z } from 'zod';
import { checkBeforeStoring, present, toWarnings } from './check-sql.ts';
import { CycleFinder } from './cycle-finder.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { describeIssues, toIssues } from '../http/parse-input.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { presentPipelineDetail } from './present-pipeline.ts';

/**
 * PUT /api/v1/pipelines/{namespace}/{layer}/{name}: 201 for a new pipeline; 200 for a new version
 * or unchanged content. Content that can never run is refused with all its mistakes, and nothing is
 * stored. What depends on tables, such as a ref to one that does not exist yet, is a warning.
 */
export function putPipelineRoute(deps: PipelineDeps): HandledOperation<'putPipeline'> {
  const cycles = new CycleFinder(deps.db, deps.definer);
  return handleOperation('putPipeline', async (req, res, given) => {
    const ref = parsePipelineParams(req.params);
    const body = parseBody(given.body);
    const source = {
      ref,
      sql: body.sql,
      config: body.config,
      qualityTests: body.quality_tests,
    };
    const inspected = await deps.definer.inspect(source);
    const { sql, config, qualityTests } = toDefinition(source, inspected);
    const hash = contentHash({ sql, config, qualityTests });
    const current = (await findPipelineSources(deps.db, [ref])).get(formatRef(ref));
    // The same content again stores nothing, so there is nothing to refuse.
    const isSame = current?.contentHash === hash;
    const cycle = isSame ? undefined : await cycles.issueOf(ref, sql, inspected.inputs.refs);
    if (cycle !== undefined) throw unprocessable(ref, [cycle]);
    const unsaved = { pipeline: ref, sql, config, qualityTests, client: `put ${req.ip ?? ''}` };
    const { issues } = isSame ? { issues: [] } : await checkBeforeStoring(deps, unsaved);
    const refused = issues.filter(({ never }) => never);
    if (refused.length > 0) throw unprocessable(ref, refused.map(present));
    const result = await putPipeline(deps.db, ref, {
      sql,
      config,
      qualityTests,
      contentHash: hash,
    });
    const stored = presentPipelineDetail(await getPipeline(deps.db, ref));
    const answer: PutPipelineAnswer = { ...stored, result, warnings: toWarnings(issues) };
    res.status(result === 'created' ? 201 : 200).json(answer);
  });
}

/**
 * A wrong shape is a mistake of the client (400); a wrong value in the pipeline's files is a
 * mistake of its author (422).
 */
function parseBody(body: unknown): PutPipelineBody {
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
