import type { VersionDiffAnswer } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import {
  diffVersions,
  type SettingChange,
  type VersionContent,
  type VersionDiff,
} from '@rat/pipelines';
import { getPipeline, getVersion, type VersionRow } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentVersion, presentVersionDetail } from './present-version.ts';

/** GET …/versions/diff: what changed from one version to another. */
export function diffVersionsRoute(deps: PipelineDeps): HandledOperation<'diffVersions'> {
  return handleOperation('diffVersions', async (req, res, { query }) => {
    const ref = parsePipelineParams(req.params);
    const to = query.to ?? (await getPipeline(deps.db, ref)).version;
    const [older, newer] = await Promise.all([
      getVersion(deps.db, ref, query.from),
      getVersion(deps.db, ref, to),
    ]);
    const answer: VersionDiffAnswer = {
      from: presentVersion(ref, older),
      to: presentVersion(ref, newer),
      ...presentDiff(diffVersions(toContent(ref, older), toContent(ref, newer))),
    };
    res.json(answer);
  });
}

function toContent(ref: PipelineRef, row: VersionRow): VersionContent {
  const { sql, config, quality_tests: qualityTests } = presentVersionDetail(ref, row);
  return { sql, config, qualityTests, configYaml: row.configYaml };
}

/** A difference as answers have it. */
export function presentDiff({
  files,
  config,
}: VersionDiff): Pick<VersionDiffAnswer, 'files' | 'config'> {
  return {
    files: files.map((file) => ({ ...file, settings: file.settings.map(presentChange) })),
    config: config.map(presentChange),
  };
}

/** JSON has no undefined. */
function presentChange({ key, from = null, to = null }: SettingChange): SettingChange {
  return { key, from, to };
}
