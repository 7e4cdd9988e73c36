import type { PutPipelineFacts } from '@rat/contracts';
import { UnprocessableError, type PipelineRef } from '@rat/domain';
import { setInConfigText } from '@rat/pipelines';
import type { DraftRow, PipelineContent, PipelineRow } from '@rat/store';
import { z } from 'zod';
import { refuseOtherType } from './create-pipeline.ts';
import { defineContent, toStoredSource } from './define-content.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { revise, type Revised, type RevisionRequest } from './revise.ts';

const settings = z.record(z.string(), z.unknown());

const FILES = ['sql', 'config', 'quality_tests'];
const FACTS = ['description', 'type', 'owner'];

/** Whether the body of a PUT has a description, a type or an owner, and no files. */
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
  const { description: _, ...rest } = settings.parse(stored.config);
  const config = { ...rest, ...(description === undefined ? {} : { description }) };
  const configYaml = describeText(stored, description);
  const source = toStoredSource(ref, { ...stored, config, configYaml });
  const content = await defineContent(deps.definer, source);
  if (content.config.description === description) return content;
  const message = 'the SQL of the pipeline sets it with -- @description: change it there';
  throw new UnprocessableError(`description: ${message}`, [{ path: 'description', message }]);
}

/** The draft with another description; undefined while its settings cannot be changed: its author must see them first. */
function describeDraft(draft: DraftRow, description: string | undefined) {
  const { sql, config, qualityTests } = draft;
  const parsed = settings.safeParse(config);
  if (!parsed.success) return undefined;
  const { description: _, ...rest } = parsed.data;
  const next = description === undefined ? rest : { ...rest, description };
  const configYaml = describeText(draft, description);
  if (draft.configYaml !== undefined && configYaml === undefined) return undefined;
  return { sql, config: next, qualityTests, configYaml };
}

/** The text of the `config.yaml` with another description, where it has one and can be read. */
function describeText(
  { configYaml }: Pick<DraftRow, 'configYaml'>,
  description: string | undefined,
): string | undefined {
  return configYaml === undefined
    ? undefined
    : setInConfigText(configYaml, 'description', description);
}
