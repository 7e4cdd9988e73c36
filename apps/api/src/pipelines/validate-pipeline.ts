import type {
  CheckedIssue,
  RatedIssue,
  RunnerRequest,
  RunnerResponse,
  ValidateAnswer,
} from '@rat/contracts';
import {
  DEFAULT_NAMESPACE,
  formatRef,
  LimitError,
  NotFoundError,
  parseRef,
  UnavailableError,
  type Issue,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import type { InspectedPipeline, PipelineSource } from '@rat/pipelines';
import { findTriggerCycles, inspectAutomation } from '../automation/define-automation.ts';
import { confinedTo } from '../http/caller.ts';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { unchecked } from './check-sql.ts';
import { findCycleIssue } from './find-cycle-issue.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentChecked, rate } from './present-issues.ts';

/**
 * POST /api/v1/pipelines/validate: what is wrong with a pipeline that is not stored, and its
 * columns. Templates, settings and automation are checked here, SQL by a runner. SQL is checked unless its own
 * template is wrong.
 */
export function validatePipelineRoute(deps: PipelineDeps): HandledOperation<'validatePipeline'> {
  return handleOperation('validatePipeline', async (req, res, { body }) => {
    const source = toSource(body);
    const inspected = await deps.definer.inspect(source);
    const { config, qualityTests, inputs, params, issues } = inspected;
    const mayRead = confinedTo(req);
    const planned = body.stored_with && toPlanned(body.stored_with);
    const scope = { mayRead, filesOnly: body.files_only, planned };
    const mistakes = [...issues, ...(await findIssuesOutside(deps, source, inspected, scope))];
    const found: RatedIssue[] = mistakes.map(rate);
    let columns: ValidateAnswer['columns'] = [];
    if (!body.files_only && !issues.some(isOfTemplate)) {
      const { ref: pipeline, sql } = source;
      const client = `validate ${req.ip ?? ''}`;
      // Settings that contradict each other would only lead to further, puzzling issues.
      const usable = issues.some(isOfSetting) ? {} : config;
      const limit = mayRead === undefined ? {} : { mayRead };
      const unsaved = { pipeline, sql, config: usable, qualityTests, ...limit, client };
      const checked = await askRunner(deps, unsaved, clientGone(res)).catch((error: unknown) => {
        if (planned !== undefined && error instanceof UnavailableError)
          return unchecked('no runner is live');
        throw error;
      });
      const judged = planned === undefined ? checked.issues : checked.issues.map(judgeAsPut);
      found.push(...presentChecked(judged, source));
      columns = checked.columns;
    }
    const answer: ValidateAnswer = {
      issues: [...found.filter(isError), ...found.filter((issue) => !isError(issue))],
      refs: inputs.refs.map(formatRef),
      landing_zones: inputs.landingZones,
      params,
      declared_params: config.params ?? {},
      columns,
    };
    res.json(answer);
  });
}

interface Scope {
  mayRead: NamespaceSet;
  filesOnly: boolean;
  /** The refs of the pipelines that are stored together with this one. */
  planned: ReadonlyMap<string, PipelineRef[]> | undefined;
}

/**
 * The mistakes that other pipelines or the clock show: cycles of refs, and those of `automation.yaml`. Wrong settings may be the
 * reason why a parameter is not declared, so the automation is checked without them only.
 */
async function findIssuesOutside(
  deps: PipelineDeps,
  source: PipelineSource,
  { config, inputs, automation, issues }: InspectedPipeline,
  { mayRead, filesOnly, planned }: Scope,
): Promise<Issue[]> {
  const { db, definer } = deps;
  const { ref } = source;
  const found: Issue[] = [];
  if (!filesOnly) {
    const cycle = await findCycleIssue(
      { graph: db, definer, mayRead, planned },
      source,
      inputs.refs,
    );
    if (cycle !== undefined) found.push(cycle);
  }
  if (automation === undefined || issues.some(isOfSetting)) return found;
  const checked = await inspectAutomation(deps, ref, automation, { config, mayRead });
  found.push(...checked.issues);
  if (filesOnly || planned !== undefined) return found;
  const { triggers } = checked;
  return [...found, ...(await findTriggerCycles(db, ref, automation, { triggers, mayRead }))];
}

/** A PUT refuses only what can never run. */
function judgeAsPut(issue: CheckedIssue): CheckedIssue {
  return { ...issue, severity: issue.never ? 'error' : 'warning' };
}

function toPlanned(storedWith: Record<string, string[]>): Map<string, PipelineRef[]> {
  const read = (text: string): PipelineRef[] => {
    const ref = parseRef(text, DEFAULT_NAMESPACE);
    return ref === undefined ? [] : [ref];
  };
  return new Map(Object.entries(storedWith).map(([name, refs]) => [name, refs.flatMap(read)]));
}

/** Asks each runner at once; when all are busy, waits for a place. */
async function askRunner(
  deps: PipelineDeps,
  unsaved: Omit<RunnerRequest<'validate-pipeline'>, 'mayWait'>,
  signal: AbortSignal,
): Promise<RunnerResponse<'validate-pipeline'>> {
  const ask = (mayWait: boolean) =>
    call(deps, 'validate-pipeline', { ...unsaved, mayWait }, signal);
  try {
    return await ask(false).catch((error: unknown) => {
      if (error instanceof LimitError) return ask(true);
      throw error;
    });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // During an upgrade a runner of the old version may be the only one.
    throw new UnavailableError('no runner is live that checks SQL; try again later', {
      cause: error,
    });
  }
}

/** The source of an unsaved pipeline, from the body of a request. */
export function toSource({
  ref,
  files,
}: {
  ref: PipelineRef;
  files: {
    sql: string;
    config?: unknown;
    quality_tests?: { name: string; sql: string }[] | undefined;
    automation_yaml?: string | null | undefined;
  };
}): PipelineSource {
  return {
    ref,
    sql: files.sql,
    config: files.config,
    // The definer parses every field of a test and reports the wrong ones.
    qualityTests: files.quality_tests,
    automationYaml: files.automation_yaml ?? undefined,
  };
}

/** Whether an issue keeps the pipeline's SQL from being rendered. */
function isOfTemplate({ path }: Issue): boolean {
  return path === 'sql';
}

function isOfSetting({ path }: Issue): boolean {
  return path.startsWith('config') || path.startsWith('sql:@');
}

function isError({ severity }: RatedIssue): boolean {
  return severity === 'error';
}
