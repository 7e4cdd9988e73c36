import type { PipelineDraftAnswer, RatedIssue } from '@rat/contracts';
import { draftTag } from '@rat/domain';
import type { DraftRow } from '@rat/store';
import type { Response } from 'express';
import { z } from 'zod';
import { setTag } from '../http/precondition.ts';

const object = z.record(z.string(), z.unknown());

/** Answers with a draft, and with what is wrong with it. */
export function sendDraft(
  res: Response,
  status: 200 | 201,
  { draft, issues }: { draft: DraftRow; issues: readonly RatedIssue[] },
): void {
  const answer: PipelineDraftAnswer = {
    sql: draft.sql,
    config: object.parse(draft.config),
    quality_tests: z.array(object).parse(draft.qualityTests),
    config_yaml: draft.configYaml ?? null,
    base_version: draft.baseVersion,
    author: draft.author ?? null,
    message: draft.message ?? null,
    created_at: draft.createdAt.toISOString(),
    updated_at: draft.updatedAt.toISOString(),
    issues: [...issues],
  };
  setTag(res, draftTag(draft.revision));
  res.status(status).json(answer);
}
