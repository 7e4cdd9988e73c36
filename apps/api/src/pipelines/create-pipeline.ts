import type { CreatePipelineAnswer } from '@rat/contracts';
import { UnprocessableError, type PipelineRef } from '@rat/domain';
import { createPipeline } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { CONFIG_FILE, pipelinePrefix, SQL_FILE } from './pipeline-paths.ts';

/** POST /api/v1/pipelines: 201 with a pipeline that has a draft and no version. */
export function createPipelineRoute(deps: PipelineDeps): HandledOperation<'createPipeline'> {
  return handleOperation('createPipeline', async (req, res, { body }) => {
    const { namespace, layer, name, type, source, unique_key, description } = body;
    const ref: PipelineRef = { namespace, layer, name };
    refuseOtherType(type);
    const sql = source ?? '';
    const config = {
      ...(description ? { description } : {}),
      // A key says nothing to the default strategy, which replaces the whole table.
      ...(unique_key?.length ? { unique_key, merge_strategy: 'incremental' } : {}),
    };
    const made = {
      draft: { sql, config, qualityTests: [] },
      description: config.description,
      owner: parseRequestedBy(req),
      mayRead: confinedTo(req),
    };
    const request = { operation: 'create pipeline', ...ref, source: sql, config };
    const { isReplayed } = await createPipeline(
      deps.db,
      ref,
      made,
      idempotencyOf(req, deps, request),
    );
    const answer: CreatePipelineAnswer = {
      ...ref,
      s3_path: pipelinePrefix(ref),
      files_created: [
        ...(sql === '' ? [] : [SQL_FILE]),
        ...(Object.keys(config).length === 0 ? [] : [CONFIG_FILE]),
      ],
    };
    if (isReplayed) res.set('Idempotent-Replayed', 'true');
    const { namespace: home } = ref;
    res.status(201).location(`/api/v1/pipelines/${home}/${layer}/${name}`).json(answer);
  });
}

/** Throws UnprocessableError for any type but `sql`. */
export function refuseOtherType(type: string | undefined): void {
  if (type === undefined || type === '' || type === 'sql') return;
  const what = type === 'python' ? 'Python pipelines are' : `the type ${JSON.stringify(type)} is`;
  const message = `${what} not supported: write the pipeline in SQL, and send "type": "sql"`;
  throw new UnprocessableError(`type: ${message}`, [{ path: 'type', message }]);
}
