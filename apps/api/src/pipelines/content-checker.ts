import type { PipelineConfig, RatedIssue } from '@rat/contracts';
import {
  formatRef,
  InputError,
  UnprocessableError,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import {
  contentHash,
  keptConfigText,
  listInputs,
  sharesConfigText,
  toDefinition,
  unprocessable,
} from '@rat/pipelines';
import {
  findPipelineSources,
  type PipelineContent,
  type PipelineSourceRow,
  type RefsGuard,
} from '@rat/store';
import { defineAutomation, type CheckedAutomation } from '../automation/define-automation.ts';
import { checkBeforeStoring } from './check-sql.ts';
import { findCycleIssue } from './find-cycle-issue.ts';
import { parsePipelineBody, type PipelineBody } from './parse-pipeline-body.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentChecked } from './present-issues.ts';

/** Content that may become a version. */
export interface CheckedContent {
  content: PipelineContent;
  /** What would fail as the tables are now, and what could not be checked. */
  warnings: RatedIssue[];
  /** Refuses a cycle of refs with pipelines that were stored since this check. */
  guard: RefsGuard;
  /** What `automation.yaml` sets; undefined when the body leaves it as it is. */
  automation: CheckedAutomation | undefined;
}

/** For whom content is checked. */
export interface Asker {
  /** Its address: checks of one client leave a place for others. */
  client?: string | undefined;
  /** The namespaces whose tables exist for the content. */
  mayRead: NamespaceSet;
}

/** Stored content, of a draft or an earlier version, which may have any mistake. */
export interface StoredContent {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  /** The text of a `config.yaml`; it wins over `config`. */
  configYaml?: string | undefined;
}

/**
 * Checks the files of a pipeline, as every write does that makes a version: templates and settings
 * here, SQL by a runner, and the refs of all pipelines for cycles.
 *
 * @example
 * const checker = new ContentChecker(deps);
 * const { content, warnings } = await checker.check(ref, parsePipelineBody(body), { mayRead });
 */
export class ContentChecker {
  readonly #deps: PipelineDeps;

  constructor(deps: PipelineDeps) {
    this.#deps = deps;
  }

  /**
   * Throws UnprocessableError with every mistake of content that can never run. Content equal to
   * the current version stores nothing, so nothing of it is refused but its templates.
   */
  async check(
    ref: PipelineRef,
    body: Pick<PipelineBody, 'sql' | 'config' | 'quality_tests' | 'automation_yaml'>,
    { client = '', mayRead }: Asker,
  ): Promise<CheckedContent> {
    const automationYaml = body.automation_yaml ?? '';
    const files = { sql: body.sql, config: body.config, qualityTests: body.quality_tests };
    const source = { ref, ...files, automationYaml };
    const inspected = await this.#deps.definer.inspect(source);
    const { sql, config, qualityTests } = toDefinition(source, inspected);
    const automation =
      body.automation_yaml === undefined
        ? undefined
        : await defineAutomation(this.#deps, ref, inspected.automation, {
            text: automationYaml,
            config,
            mayRead,
          });
    const current = (await findPipelineSources(this.#deps.db, [ref])).get(formatRef(ref));
    const configYaml = configTextOf(body.config, { config, sql }, current);
    const hash = contentHash({ sql, config, qualityTests, configYaml });
    const inputs = listInputs(ref, inspected);
    const content = { sql, config, qualityTests, configYaml, contentHash: hash, inputs };
    const { definer } = this.#deps;
    const guard: RefsGuard = async (graph) => {
      const cycle = await findCycleIssue(
        { graph, definer, mayRead },
        source,
        inspected.inputs.refs,
      );
      if (cycle !== undefined) throw unprocessable(ref, [cycle]);
    };
    if (current?.contentHash === hash) return { content, warnings: [], guard, automation };
    // Refuses at once what the guard would refuse, and reads the refs of others before the lock.
    await guard(this.#deps.db);
    const limit = mayRead === undefined ? {} : { mayRead: [...mayRead] };
    const definition = { pipeline: ref, sql, config, qualityTests };
    const unsaved = { ...definition, ...limit, client: `put ${client}` };
    const { issues } = await checkBeforeStoring(this.#deps, unsaved);
    const refused = issues.filter(({ never }) => never);
    if (refused.length > 0) throw unprocessable(ref, presentChecked(refused, source));
    // The tables may differ when it runs, so what remains refuses nothing.
    const warnings = presentChecked(issues, source).map((issue) => ({
      ...issue,
      severity: 'warning' as const,
    }));
    return { content, warnings, guard, automation };
  }

  /** Checks stored content. Throws UnprocessableError: the request itself has no mistake. */
  async checkStored(
    ref: PipelineRef,
    { sql, config, qualityTests, configYaml }: StoredContent,
    asker: Asker,
  ): Promise<CheckedContent> {
    try {
      const settings = configYaml ?? config;
      const body = parsePipelineBody({ sql, config: settings, quality_tests: qualityTests });
      return await this.check(ref, body, asker);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new UnprocessableError(error.message, error.issues, { cause: error });
    }
  }

  /** What is wrong with stored content. Without an error among it, it can be published. */
  async findIssues(ref: PipelineRef, stored: StoredContent, asker: Asker): Promise<RatedIssue[]> {
    try {
      return (await this.checkStored(ref, stored, asker)).warnings;
    } catch (error) {
      if (!(error instanceof UnprocessableError)) throw error;
      return error.issues.map((issue) => ({ ...issue, severity: 'error' }));
    }
  }
}

/**
 * The `config.yaml` of new content. Settings that came as JSON keep the text of the current version,
 * with its comments, while they are the settings of that text.
 */
function configTextOf(
  given: PipelineBody['config'],
  content: { config: PipelineConfig; sql: string },
  current: PipelineSourceRow | undefined,
): string | undefined {
  if (typeof given === 'string') return keptConfigText(given, content);
  if (current?.configYaml === undefined) return undefined;
  return sharesConfigText(current, content) ? current.configYaml : undefined;
}
