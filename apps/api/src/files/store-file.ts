import { configFileText, sqlFileText, TESTS_MAX } from '@rat/contracts';
import {
  NotFoundError,
  PreconditionError,
  UnprocessableError,
  type NamespaceSet,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { toFiles, toSource, writeSourceFile, type WritableFile } from '@rat/pipelines';
import { changeDraft, type DraftRow } from '@rat/store';
import { z } from 'zod';
import { parseInput } from '../http/parse-input.ts';
import type { PipelineDeps } from '../pipelines/pipeline-deps.ts';
import { readConfigText } from '../pipelines/read-config-text.ts';
import { pipelinePrefix } from '../pipelines/pipeline-paths.ts';
import type { FilePath } from './parse-file-path.ts';

/** The dependencies of the routes of files. */
export type FileDeps = Pick<PipelineDeps, 'db' | 'definer'>;

/** How a file is written. */
export interface FileWriting {
  precondition: Precondition;
  author: string | undefined;
  /** The namespaces that whoever writes it may read. */
  mayRead: NamespaceSet;
}

const SUPPORTED =
  'a pipeline has pipeline.sql, config.yaml and tests/quality/{test}.sql, below {namespace}/pipelines/{layer}/{name}/; names are lowercase slugs';

/**
 * Writes one file into the draft of its pipeline. Throws UnprocessableError for a path that is no file
 * of a pipeline, InputError for content that no such file may have, NotFoundError for an unknown
 * namespace, and PreconditionError.
 *
 * @example
 * const draft = await storeFile(deps, parseFilePath(path), content, { precondition, author, mayRead });
 */
export async function storeFile(
  deps: FileDeps,
  target: FilePath,
  content: string,
  { precondition, author, mayRead }: FileWriting,
): Promise<DraftRow> {
  const { ref, file } = await toWritable(deps, target, content);
  const { match, isAbsent = false } = precondition;
  const draft = await changeDraft(
    deps.db,
    ref,
    ({ content: stored }) => {
      const before = toSource(stored ?? { sql: '', config: {}, qualityTests: [] });
      if (isAbsent) refuseExisting(target, toFiles(before));
      const after = writeSourceFile(before, file);
      refuseTooMany(target.path, after.qualityTests.length);
      return after;
    },
    { match, author, mayRead },
  );
  if (draft === undefined) throw new Error('a written draft was not stored');
  return draft;
}

async function toWritable(
  deps: FileDeps,
  { path, ref, file }: FilePath,
  text: string,
): Promise<{ ref: PipelineRef; file: WritableFile }> {
  if (ref === undefined || file === undefined) throw unsupported(path);
  switch (file.kind) {
    case 'config': {
      checkText(configFileText, text);
      const { config } = await readConfigText(deps, ref, text);
      return { ref, file: { kind: 'config', text, config } };
    }
    case 'pipeline':
      checkText(sqlFileText, text);
      return { ref, file: { kind: 'pipeline', text } };
    case 'test':
      checkText(sqlFileText, text);
      return { ref, file: { kind: 'test', name: file.name, text } };
    case 'test settings':
      throw refusal(
        path,
        'is made from the quality tests: write their settings into tests/quality/{test}.sql, as in `-- @severity: warn`',
      );
  }
}

function checkText(schema: z.ZodType, content: string): void {
  parseInput(z.object({ content: schema }), { content });
}

function unsupported(path: string): UnprocessableError {
  const python = path.endsWith('.py') ? 'pipelines are written in SQL, not in Python; ' : '';
  return refusal(path, `is no file of a pipeline: ${python}${SUPPORTED}`);
}

function refusal(path: string, message: string): UnprocessableError {
  return new UnprocessableError(`${path} ${message}`, [{ path, message }]);
}

/** Throws PreconditionError when the file exists, for a request that only creates. */
export function refuseExisting({ path, ref }: FilePath, files: ReadonlyMap<string, string>): void {
  const inFolder = ref === undefined ? path : path.slice(pipelinePrefix(ref).length);
  if (!files.has(inFolder)) return;
  const message = `If-None-Match: * creates only, but ${path} exists`;
  throw new PreconditionError(message, { yours: undefined, current: undefined });
}

function refuseTooMany(path: string, tests: number): void {
  if (tests <= TESTS_MAX) return;
  throw refusal(path, `is one test too many: a pipeline has at most ${TESTS_MAX}`);
}

/** The error of a file that does not exist. */
export function noSuchFile({ path, ref }: FilePath): NotFoundError {
  const make =
    ref === undefined
      ? SUPPORTED
      : 'PUT writes it; POST /api/v1/pipelines makes the pipeline if there is none';
  return new NotFoundError(`${path} not found: ${make}`);
}
