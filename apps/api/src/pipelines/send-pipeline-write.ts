import type { PutPipelineAnswer, RatedIssue } from '@rat/contracts';
import { versionTag } from '@rat/domain';
import type { PipelineWrite } from '@rat/store';
import type { Response } from 'express';
import { setTag } from '../http/precondition.ts';
import { presentPipelineDetail } from './present-pipeline.ts';

/** Answers a write with the pipeline as the write left it. */
export function sendPipelineWrite(
  res: Response,
  status: 200 | 201,
  { result, pipeline, warnings }: PipelineWrite & { warnings: RatedIssue[] },
): void {
  const answer: PutPipelineAnswer = { ...presentPipelineDetail(pipeline), result, warnings };
  setTag(res, versionTag(pipeline.version, pipeline.contentHash));
  res.status(status).json(answer);
}
