import type { PutPipelineFacts } from '@rat/contracts';
import { UnprocessableError, type PipelineRef } from '@rat/domain';
import { contentHash, toDefinition } from '@rat/pipelines';
import type { DraftRow, PipelineContent, PipelineRow } from '@rat/store';
import { z } from 'zod';
import { refuseOtherType } from './create-pipeline.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { revise, type Revised, type RevisionRequest } from './revise.ts';

const FILES = ['sql', 'config', 'quality_tests'];
const FACTS = ['description', 'type', 'owner'];

/** Whether the body of a PUT is about what is said of a pipeline, and has none of its files. */
export function isAboutFacts(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return FACTS.some((key) => key in body) && !FILES.some((key) => key in body);
}

/**
 * Changes the description and the owner of a pipeline. The description is a setting of its files, so it
 * makes a version, and the draft gets it too. Throws UnprocessableError for a type that is not offered.
 */
export async function putFacts(
  deps: PipelineDeps,
  ref: PipelineRef,
  facts: PutPipelineFacts,
  request: RevisionRequest,
): Promise<Extract<Revised, { kind: 'revised' }>> {
  refuseOtherType(facts.type);
  // Empty text is how other clients clear a field.
  const owner = facts.owner === '' ? null : facts.owner;
  const revised = await revise(
    deps,
    ref,
    async ({ pipeline, draft }) => {
      if (facts.description === undefined) return { owner };
      const description = facts.description || undefined;
      const next = draft && describeDraft(draft, description);
      if (pipeline.version === 0) return { owner, draft: next, description: description ?? null };
      return { owner, draft: next, content: await describe(deps, ref, pipeline, description) };
    },
    request,
  );
  if (revised.kind === 'replayed') throw new Error('a PUT has no idempotency key');
  return revised;
}

/** The content of the current version with another description. */
async function describe(
  deps: PipelineDeps,
  ref: PipelineRef,
  stored: PipelineRow,
  description: string | undefined,
): Promise<PipelineContent> {
  const { description: _, ...rest } = z.record(z.string(), z.unknown()).parse(stored.config);
  const source = {
    ref,
    sql: stored.sql,
    config: { ...rest, ...(description === undefined ? {} : { description }) },
    qualityTests: z
      .array(z.looseObject({ name: z.string(), sql: z.string() }))
      .parse(stored.qualityTests),
  };
  const { sql, config, qualityTests } = toDefinition(source, await deps.definer.inspect(source));
  if (config.description !== description) {
    const message = 'the SQL of the pipeline sets it with -- @description: change it there';
    throw new UnprocessableError(`description: ${message}`, [{ path: 'description', message }]);
  }
  const hash = contentHash({ sql, config, qualityTests });
  return { sql, config, qualityTests, contentHash: hash };
}

/** The draft with another description; undefined while its settings are no object. */
function describeDraft({ sql, config, qualityTests }: DraftRow, description: string | undefined) {
  const settings = z.record(z.string(), z.unknown()).safeParse(config);
  if (!settings.success) return undefined;
  const { description: _, ...rest } = settings.data;
  const next = description === undefined ? rest : { ...rest, description };
  return { sql, config: next, qualityTests };
}
