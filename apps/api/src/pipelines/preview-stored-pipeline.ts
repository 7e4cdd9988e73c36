import type { StoredPreviewAnswer } from '@rat/contracts';
import {
  intersectNamespaces,
  UnprocessableError,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import type { PipelineSource } from '@rat/pipelines';
import { findDraft, getPipeline } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';
import { toStoredSource } from './define-content.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { withPlaces } from './present-issues.ts';
import { unsavedFrom } from './preview-pipeline.ts';

/**
 * POST …/{name}/preview: the preview of the draft, or of the current version, in the form that clients
 * of the reference platform read. They show `error` beside the editor, so a mistake of the author is
 * a 200. A request that no runner tried has another status.
 */
export function previewStoredPipelineRoute(
  deps: PipelineDeps,
): HandledOperation<'previewStoredPipeline'> {
  return handleOperation('previewStoredPipeline', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const { limit, sample_files: sampleNames, code } = body;
    try {
      const { source, mayRead } = await readSource(deps, ref, code ?? '');
      const ofBoth = intersectNamespaces(mayRead, confinedTo(req));
      const asked = {
        ...(await unsavedFrom(deps, source, { client: req.ip, mayRead: ofBoth })),
        limit,
        ...(sampleNames?.length ? { sampleNames } : {}),
        explain: true,
        runTests: false,
        compare: false,
      };
      await sendAnswer(deps, 'preview-objects', asked, res).catch((error: unknown) => {
        throw withPlaces(error, source);
      });
    } catch (error) {
      if (!(error instanceof UnprocessableError)) throw error;
      res.json(refused(error));
    }
  });
}

/** The draft, or the current version, with `code` as its SQL where that is given, and what the stored one may read. */
async function readSource(
  { db }: PipelineDeps,
  ref: PipelineRef,
  code: string,
): Promise<{ source: PipelineSource; mayRead: NamespaceSet }> {
  const stored = (await findDraft(db.pool, ref)) ?? (await getPipeline(db, ref));
  const sql = code === '' ? stored.sql : code;
  if (sql === '') {
    const message = 'the pipeline has no SQL yet: write it into its draft, or send it as code';
    throw new UnprocessableError(message, [{ path: 'sql', message }]);
  }
  return { source: toStoredSource(ref, { ...stored, sql }), mayRead: stored.mayRead };
}

function refused({ message, issues }: UnprocessableError): StoredPreviewAnswer {
  return {
    columns: [],
    rows: [],
    total_row_count: 0,
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
