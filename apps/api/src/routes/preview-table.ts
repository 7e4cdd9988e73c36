import { previewQuery } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';
import { parsePipelineParams, type PipelineParams } from '../parse-pipeline-params.ts';

/** GET /api/v1/tables/{namespace}/{layer}/{name}/preview: the first rows, of main or of another version. */
export function previewTableRoute(
  deps: Pick<AppDeps, 'db' | 'log'>,
): RequestHandler<PipelineParams> {
  return async (req, res) => {
    const table = parsePipelineParams(req.params);
    const { limit, ...version } = parseInput(previewQuery, req.query);
    const question = { sql: selectAll(table), namespace: table.namespace, limit, ...version };
    res.json(await askRunner(deps, 'query', question, clientGone(res)));
  };
}

/** The names are slugs, which need their quotes for hyphens only. */
function selectAll({ namespace, layer, name }: PipelineRef): string {
  return `SELECT * FROM "${namespace}"."${layer}"."${name}"`;
}
