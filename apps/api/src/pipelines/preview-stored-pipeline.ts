import type { StoredPreviewAnswer } from '@rat/contracts';
import {
  intersectNamespaces,
  UnprocessableError,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import { isTestSql, type PipelineSource } from '@rat/pipelines';
import { findDraft, getPipeline } from '@rat/store';
import type { Response } from 'express';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';
import { toStoredSource } from './define-content.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { withPlaces } from './present-issues.ts';
import { unsavedFrom, unsavedTest } from './preview-pipeline.ts';
import { runInputsOf } from './run-inputs.ts';

/**
 * POST …/{name}/preview: the preview of the draft, or of the current version, in the form that clients
 * of the reference platform read. They show `error` beside the editor, so a mistake of the author is
 * a 200. A request that no runner tried has another status, such as 422 for a wrong value of a parameter.
 * These clients preview a quality test too, with its text as `code`.
 */
export function previewStoredPipelineRoute(
  deps: PipelineDeps,
): HandledOperation<'previewStoredPipeline'> {
  return handleOperation('previewStoredPipeline', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const { limit, sample_files: sampleNames, code } = body;
    const prepared = await answerMistake(res, async () => {
      const { stored, source, mayRead } = await readSource(deps, ref, code ?? '');
      const asker = { client: req.ip, mayRead: intersectNamespaces(mayRead, confinedTo(req)) };
      const { sql } = source;
      const unsaved =
        sql === code && isTestSql(sql)
          ? await unsavedTest(deps, stored, { ...asker, sql })
          : await unsavedFrom(deps, source, asker);
      return { source, unsaved };
    });
    if (prepared === undefined) return;
    const { source, unsaved } = prepared;
    const given = runInputsOf(body, unsaved.config.params);
    const asked = {
      ...unsaved,
      limit,
      ...(sampleNames?.length ? { sampleNames } : {}),
      explain: true,
      runTests: false,
      compare: false,
    };
    await answerMistake(res, async () => {
      const sent =
        given === undefined
          ? sendAnswer(deps, 'preview-objects', asked, res)
          : sendAnswer(deps, 'preview-run-objects', { ...asked, ...given }, res);
      await sent.catch((error: unknown) => {
        throw withPlaces(error, source);
      });
    });
  });
}

/** Does a part of the work. A mistake of the author is the answer then, and there is no result. */
async function answerMistake<T>(res: Response, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnprocessableError)) throw error;
    res.json(refused(error));
    return undefined;
  }
}

/**
 * The draft, or the current version, as it is stored and with `code` as its SQL where that is given,
 * and what the stored one may read.
 */
async function readSource(
  { db }: PipelineDeps,
  ref: PipelineRef,
  code: string,
): Promise<{ stored: PipelineSource; source: PipelineSource; mayRead: NamespaceSet }> {
  const stored = (await findDraft(db.pool, ref)) ?? (await getPipeline(db, ref));
  const sql = code === '' ? stored.sql : code;
  if (sql === '') {
    const message = 'the pipeline has no SQL yet: write it into its draft, or send it as code';
    throw new UnprocessableError(message, [{ path: 'sql', message }]);
  }
  const source = toStoredSource(ref, stored);
  return { stored: source, source: { ...source, sql }, mayRead: stored.mayRead };
}

function refused({ message, issues }: UnprocessableError): StoredPreviewAnswer {
  return {
    columns: [],
    rows: [],
    total_row_count: 0,
    total_row_count_exact: true,
    truncated: false,
    phases: [],
    explain_output: '',
    memory_peak_bytes: 0,
    logs: [],
    error: message,
    issues: [...issues],
    warnings: [],
  };
}
