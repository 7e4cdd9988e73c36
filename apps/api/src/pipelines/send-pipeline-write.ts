import type { PublishAnswer, PutPipelineAnswer, RatedIssue } from '@rat/contracts';
import { versionTag } from '@rat/domain';
import type { PipelineWrite } from '@rat/store';
import type { Response } from 'express';
import { setTag } from '../http/precondition.ts';
import { presentPipelineDetail } from './present-pipeline.ts';

/** A write, and what its check warns about. */
type CheckedWrite = PipelineWrite & { warnings: RatedIssue[] };

/** Answers a write with the pipeline as the write left it. */
export function sendPipelineWrite(res: Response, status: 200 | 201, write: CheckedWrite): void {
  const answer: PutPipelineAnswer = presentWrite(write);
  send(res, status, write, answer);
}

/** Answers a publish: as a write, with the keys that clients of the reference platform read. */
export function sendPublish(res: Response, status: 200 | 201, write: CheckedWrite): void {
  const written = presentWrite(write);
  const answer: PublishAnswer = {
    ...written,
    status: 'published',
    message: written.version_message ?? '',
    versions: written.published_versions,
  };
  send(res, status, write, answer);
}

function presentWrite({ result, pipeline, warnings }: CheckedWrite): PutPipelineAnswer {
  return { ...presentPipelineDetail(pipeline), result, warnings };
}

function send(
  res: Response,
  status: 200 | 201,
  { pipeline }: CheckedWrite,
  answer: PutPipelineAnswer,
): void {
  setTag(res, versionTag(pipeline.version, pipeline.contentHash));
  res.status(status).json(answer);
}
