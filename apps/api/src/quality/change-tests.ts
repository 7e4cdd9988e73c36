import type { QualityTest } from '@rat/contracts';
import { ConflictError, intersectNamespaces, NotFoundError, type PipelineRef } from '@rat/domain';
import { listTests, type PipelineSource } from '@rat/pipelines';
import type { DraftContent, Revision, RevisionBase } from '@rat/store';
import { z } from 'zod';
import type { Asker, ContentChecker } from '../pipelines/content-checker.ts';
import { defineContent, toStoredSource } from '../pipelines/define-content.ts';
import type { QualityDeps } from './quality-deps.ts';

const storedTests = z.array(z.looseObject({ name: z.string(), sql: z.string() }));

/** What a change of a pipeline's tests needs. */
interface Change {
  deps: QualityDeps;
  ref: PipelineRef;
}

/**
 * The pipeline with one more test, in its version and in its draft; only in its draft while it has no
 * version. Throws ConflictError when a test has the name, and UnprocessableError.
 */
export async function addTest(
  { deps, ref }: Change,
  { pipeline, draft }: RevisionBase,
  test: QualityTest,
  check: Asker & { checker: ContentChecker },
): Promise<Revision> {
  const contents = [pipeline, draft].filter((content) => content !== undefined);
  for (const content of contents) {
    if ((await namesOf({ deps, ref }, content)).has(test.name)) {
      throw new ConflictError(`the pipeline has a test ${test.name} already`);
    }
  }
  const isPublished = pipeline.version > 0;
  if (draft === undefined && !isPublished) {
    return { draft: { sql: '', config: {}, qualityTests: [test] } };
  }
  const next = draft && withTests(draft, [...storedTests.parse(draft.qualityTests), test]);
  if (!isPublished) return { draft: next };
  const tests = [...storedTests.parse(pipeline.qualityTests), test];
  const changed = withTests(pipeline, tests);
  const { content } = await check.checker.checkStored(ref, changed, {
    client: check.client,
    mayRead: intersectNamespaces(pipeline.mayRead, check.mayRead),
  });
  return { content, draft: next };
}

/**
 * The pipeline without a test, in its version and in its draft. Throws NotFoundError, and ConflictError
 * for a built-in test. Removing a test makes nothing wrong, so the SQL is not checked again.
 */
export async function removeTest(
  { deps, ref }: Change,
  { pipeline, draft }: RevisionBase,
  name: string,
): Promise<Revision> {
  const ofVersion = withoutTest(pipeline, name);
  const ofDraft = draft && withoutTest(draft, name);
  if (ofVersion === undefined && ofDraft === undefined) {
    const isBuiltIn = (await namesOf({ deps, ref }, pipeline)).has(name);
    if (!isBuiltIn) throw new NotFoundError(`the pipeline has no test ${name}`);
    throw new ConflictError(
      `${name} is a built-in test: remove it from tests in the settings of the pipeline`,
    );
  }
  const content = ofVersion && (await defineContent(deps.definer, toStoredSource(ref, ofVersion)));
  return { content, draft: ofDraft };
}

/** The names of all tests, built-in ones too; of a draft, of those without a mistake. */
async function namesOf({ deps, ref }: Change, content: DraftContent): Promise<Set<string>> {
  const source: PipelineSource = toStoredSource(ref, content);
  const { config, qualityTests } = await deps.definer.inspect(source);
  const written = storedTests.parse(content.qualityTests);
  return new Set([...listTests(config, qualityTests), ...written].map(({ name }) => name));
}

function withTests(
  { sql, config, configYaml }: DraftContent,
  qualityTests: unknown[],
): DraftContent {
  return { sql, config, qualityTests, configYaml };
}

function withoutTest(content: DraftContent, name: string): DraftContent | undefined {
  const tests = storedTests.parse(content.qualityTests);
  const rest = tests.filter((test) => test.name !== name);
  return rest.length === tests.length ? undefined : withTests(content, rest);
}
