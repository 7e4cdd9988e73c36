import type { DraftDiffAnswer } from '@rat/contracts';
import { draftTag } from '@rat/domain';
import { diffVersions, toSource } from '@rat/pipelines';
import { getDraft, getVersion, type VersionRow } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { findCurrentVersion } from './find-current-version.ts';
import { presentDiff } from './diff-versions.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentVersion } from './present-version.ts';

const NOTHING = { sql: '', config: {}, qualityTests: [] };

/** GET …/draft/diff: what a publish of the draft would change. */
export function diffDraftRoute(deps: PipelineDeps): HandledOperation<'diffDraft'> {
  return handleOperation('diffDraft', async (req, res, { query }) => {
    const ref = parsePipelineParams(req.params);
    const draft = await getDraft(deps.db, ref);
    const from = query.from ?? (await findCurrentVersion(deps.db, ref));
    const older: VersionRow | undefined =
      from === undefined ? undefined : await getVersion(deps.db, ref, from);
    // A version has its annotations' settings among the others and a draft has not.
    const diff = diffVersions(toSource(older ?? NOTHING), toSource(draft));
    const answer: DraftDiffAnswer = {
      from: older === undefined ? null : presentVersion(ref, older),
      base_version: draft.baseVersion,
      ...presentDiff(diff),
    };
    setTag(res, draftTag(draft.revision));
    res.json(answer);
  });
}
