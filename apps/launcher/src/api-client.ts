import {
  createRunAnswer,
  errorEnvelope,
  maintenanceAnswer,
  type MaintenanceAnswer,
  pipelineDetail,
  type PipelineDetail,
  pipelineList,
  type PipelineSummary,
  putPipelineAnswer,
  type PutPipelineAnswer,
  type PutPipelineBody,
  type PutScheduleBody,
  type PutTriggerBody,
  ratedIssue,
  runDetail,
  type RunDetail,
  runList,
} from '@rat/contracts';
import { formatRef, TERMINAL_STATUSES, type PipelineRef } from '@rat/domain';
import { waitFor } from '@rat/runtime';
import { z } from 'zod';
import { LauncherError } from './launcher-error.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const RUN_POLL_MS = 150;
const PAGE = 200;

// An API of an older version answers no warnings.
const putAnswer = putPipelineAnswer
  .pick({ result: true })
  .extend({ warnings: z.array(ratedIssue).default([]) });

/** The body of a PUT, whose `config` may be the text of a `config.yaml`. */
type PutBody = Omit<PutPipelineBody, 'config'> & { config?: PutPipelineBody['config'] | string };

/** The API as its users see it. Every method throws LauncherError with the API's own message. */
export class ApiClient {
  readonly #base: string;
  readonly #signal: AbortSignal;
  readonly #token: string | undefined;

  /** `signal` aborts every active request, with its reason. An API whose sign-in is on asks for `token`. */
  constructor(base: string, signal: AbortSignal, token?: string) {
    this.#base = base.replace(/\/+$/, '');
    this.#signal = signal;
    this.#token = token;
  }

  /** Makes a namespace unless it exists; returns whether it was made. */
  async ensureNamespace(name: string): Promise<boolean> {
    const found = await this.#fetch(`/api/v1/namespaces/${name}`, {});
    await found.arrayBuffer();
    if (found.status !== 404) return false;
    const response = await this.#fetch('/api/v1/namespaces', {
      method: 'POST',
      ...asJson({ name }),
    });
    // Another client may have made it in between.
    if (response.status !== 409) await refuse(response, `namespace ${name}`);
    await response.arrayBuffer();
    return response.ok;
  }

  /** Creates or replaces a pipeline. */
  async putPipeline(
    ref: PipelineRef,
    body: PutBody,
  ): Promise<Pick<PutPipelineAnswer, 'result' | 'warnings'>> {
    const path = `/api/v1/pipelines/${ref.namespace}/${ref.layer}/${ref.name}`;
    const response = await this.#fetch(path, { method: 'PUT', ...asJson(body) });
    await refuse(response, formatRef(ref));
    return parse(putAnswer, response);
  }

  /** Creates or replaces a trigger of a pipeline. */
  async putTrigger(ref: PipelineRef, name: string, body: PutTriggerBody): Promise<void> {
    await this.#putPart(ref, `triggers/${name}`, body);
  }

  /** Creates or replaces a schedule of a pipeline. */
  async putSchedule(ref: PipelineRef, name: string, body: PutScheduleBody): Promise<void> {
    await this.#putPart(ref, `schedules/${name}`, body);
  }

  async #putPart(
    { namespace, layer, name }: PipelineRef,
    part: string,
    body: object,
  ): Promise<void> {
    const path = `/api/v1/pipelines/${namespace}/${layer}/${name}/${part}`;
    const response = await this.#fetch(path, { method: 'PUT', ...asJson(body) });
    await refuse(response, `${namespace}.${layer}.${name}/${part}`);
    await response.arrayBuffer();
  }

  /** Every pipeline, or those of one namespace, by address. */
  async listPipelines(namespace: string | undefined): Promise<PipelineSummary[]> {
    const found: PipelineSummary[] = [];
    for (;;) {
      const query = new URLSearchParams({ limit: String(PAGE), offset: String(found.length) });
      if (namespace !== undefined) query.set('namespace', namespace);
      const response = await this.#fetch(`/api/v1/pipelines?${query}`, {});
      await refuse(response, 'pipelines');
      const page = await parse(pipelineList, response);
      found.push(...page.pipelines);
      if (page.pipelines.length < PAGE) return found;
    }
  }

  /** A pipeline with the files of its current version. */
  async getPipeline({ namespace, layer, name }: PipelineRef): Promise<PipelineDetail> {
    const path = `/api/v1/pipelines/${namespace}/${layer}/${name}`;
    const response = await this.#fetch(path, {});
    await refuse(response, `${namespace}.${layer}.${name}`);
    return parse(pipelineDetail, response);
  }

  /** Puts a file into a landing zone; it replaces one of the same name. */
  async uploadLandingFile(
    zone: { namespace: string; zone: string },
    file: { name: string; content: Uint8Array<ArrayBuffer> },
  ): Promise<void> {
    const query = new URLSearchParams({ name: file.name, replace: 'true' });
    const path = `/api/v1/landing-zones/${zone.namespace}/${zone.zone}/files?${query}`;
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await this.#fetch(path, { method: 'POST', headers, body: file.content });
    await refuse(response, `${zone.namespace}/${zone.zone}/${file.name}`);
    await response.arrayBuffer();
  }

  /** Asks for a run and answers its id. */
  async createRun(ref: PipelineRef): Promise<string> {
    const body = { namespace: ref.namespace, layer: ref.layer, pipeline: ref.name };
    const response = await this.#fetch('/api/v1/runs', { method: 'POST', ...asJson(body) });
    await refuse(response, formatRef(ref));
    return parse(createRunAnswer, response).then((answer) => answer.run_id);
  }

  /** Whether any run of the pipeline has ended, with any status; false when it is unknown. */
  async hasEndedRun(ref: PipelineRef): Promise<boolean> {
    const { namespace, layer, name } = ref;
    for (const status of TERMINAL_STATUSES) {
      const query = new URLSearchParams({ namespace, layer, pipeline: name, status, limit: '1' });
      const response = await this.#fetch(`/api/v1/runs?${query}`, {});
      await refuse(response, formatRef(ref));
      if ((await parse(runList, response)).runs.length > 0) return true;
    }
    return false;
  }

  /** Requests the maintenance of one table, or of all tables. */
  async maintain(table: PipelineRef | undefined, isDry: boolean): Promise<MaintenanceAnswer> {
    const { name, ...place } = table ?? { name: undefined };
    const body = { ...place, ...(name === undefined ? {} : { table: name }), dry_run: isDry };
    const response = await this.#fetch('/api/v1/maintenance', { method: 'POST', ...asJson(body) });
    await refuse(response, table === undefined ? 'maintenance' : formatRef(table));
    return parse(maintenanceAnswer, response);
  }

  /** Resolves with the run once it has ended. */
  async waitForEnd(runId: string): Promise<RunDetail> {
    for (;;) {
      const response = await this.#fetch(`/api/v1/runs/${runId}`, {});
      await refuse(response, runId);
      const run = await parse(runDetail, response);
      if (run.finished_at !== null) return run;
      await waitFor(RUN_POLL_MS, this.#signal);
      this.#signal.throwIfAborted();
    }
  }

  /** Resolves once the API's health check passes; throws after `withinMs`. */
  async waitUntilHealthy(check: 'live' | 'ready', withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline) {
      if (await this.#isHealthy(check)) return;
      await waitFor(RUN_POLL_MS, this.#signal);
      this.#signal.throwIfAborted();
    }
    throw new LauncherError(`the API was not ${check} within ${withinMs / 1000} s; see its log`);
  }

  async #isHealthy(check: 'live' | 'ready'): Promise<boolean> {
    try {
      const response = await this.#fetch(`/health/${check}`, {});
      await response.arrayBuffer();
      return response.ok;
    } catch {
      // The API does not listen yet. The caller's loop notices an abort.
      return false;
    }
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`);
    return fetch(`${this.#base}${path}`, { ...init, headers, signal });
  }
}

function asJson(body: unknown): RequestInit {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function parse<S extends z.ZodType>(schema: S, response: Response): Promise<z.output<S>> {
  return schema.parse(await response.json());
}

async function refuse(response: Response, what: string): Promise<void> {
  if (response.ok) return;
  const text = await response.text();
  let message = text.slice(0, 500);
  try {
    const { error } = errorEnvelope.parse(JSON.parse(text));
    const issues = (error.issues ?? []).map((issue) => {
      const line = issue.line === undefined ? '' : `:${issue.line}`;
      return `\n  ${issue.path}${line}: ${issue.message}`;
    });
    message = `${error.message}${issues.join('')}`;
  } catch {
    // Not the API's error body: the answer is from a proxy, or another program uses this port.
  }
  const mend = response.status === 401 ? '; commands take a token from RAT_TOKEN' : '';
  throw new LauncherError(`${what}: ${response.status} ${message}${mend}`);
}
