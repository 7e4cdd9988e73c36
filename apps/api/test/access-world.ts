import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createLogger } from '@rat/runtime';
import { createRun, openDatabase, putPipeline, type Database } from '@rat/store';
import { startFleet, type Fleet } from '@rat/testing';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';

/** A request that is ready to be sent. */
export interface Prepared {
  /** The values of the parameters of the path. */
  path?: Record<string, string>;
  query?: string;
  body?: object | FormData | string;
  headers?: Record<string, string>;
}

/** What an API answered. */
export interface Answered {
  status: number;
  challenge: string | null;
  message: string;
  body: Record<string, unknown>;
}

export interface Ref extends Record<string, string> {
  namespace: string;
  layer: 'silver';
  name: string;
}

/** Who sends a request: the value of `Authorization`; undefined: nobody. */
export type Sender = string | undefined;

/** An installation of real processes, and things in its namespace `default` that requests are about. */
export class AccessWorld {
  readonly #fleet: Fleet;
  readonly db: Database;
  readonly #shared = new Map<string, Promise<unknown>>();
  #count = 0;

  private constructor(fleet: Fleet, db: Database) {
    this.#fleet = fleet;
    this.db = db;
  }

  static async open(): Promise<AccessWorld> {
    const env = { RAT_ADMIN_TOKEN: ADMIN_TOKEN, RAT_RATE_REQUESTS: '0', RAT_RATE_ADDRESS: '0' };
    const rates = { RAT_RATE_RUNS: '0', RAT_RATE_SIGN_IN_FAILURES: '0' };
    const fleet = await startFleet({
      backend: 'postgres',
      apis: 1,
      runners: 1,
      env: { ...env, ...rates },
      // Other tests hold answers against the document; here it would take most of the time.
      checkAnswers: false,
    });
    const log = createLogger('test', { level: 'silent' });
    const db = openDatabase({
      url: fleet.databaseUrl,
      maxConnections: 4,
      applicationName: 'test',
      log,
    });
    return new AccessWorld(fleet, db);
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.#fleet.close();
  }

  /** A name that nothing has yet. */
  next(kind: string): string {
    this.#count += 1;
    return `${kind}_${this.#count}`;
  }

  /** A token; `more` is SQL for columns beside its role. */
  async token(role: string, more: Record<string, string> = {}): Promise<string> {
    const token = `rat_${randomBytes(32).toString('base64url')}`;
    const hash = createHash('sha256').update(token).digest();
    const columns = ['', ...Object.keys(more)].join(', ');
    const values = ['', ...Object.values(more)].join(', ');
    await this.db.pool.query(
      `INSERT INTO tokens (id, name, hash, role${columns}) VALUES ($1, $2, $3, $4${values})`,
      [randomUUID(), this.next('token'), hash, role],
    );
    return `Bearer ${token}`;
  }

  /** Sends a request, and takes no more than the head of an answer that streams. */
  async send(
    { method, path }: { method: string; path: string },
    { path: values = {}, query = '', body, headers = {} }: Prepared,
    sender: Sender,
  ): Promise<Answered> {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`no value for {${name}} of ${path}`);
      return value;
    });
    const isJson = typeof body === 'object' && !(body instanceof FormData);
    const leave = new AbortController();
    const response = await fetch(`${this.#fleet.apis[0]?.url}${filled}${query && `?${query}`}`, {
      method: method.toUpperCase(),
      headers: {
        ...(sender !== undefined && { authorization: sender }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
      signal: leave.signal,
    });
    const type = response.headers.get('content-type') ?? '';
    const text = type.startsWith('application/json') ? await response.text() : '{}';
    leave.abort();
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const { error } = parsed as { error?: { message: string } };
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      message: error?.message ?? '',
      body: parsed,
    };
  }

  /** Does something as the admin of the environment; throws unless it is done. */
  async do(method: string, path: string, more: Prepared = {}): Promise<Record<string, unknown>> {
    const answer = await this.send(
      { method, path: `/api/v1${path}` },
      more,
      `Bearer ${ADMIN_TOKEN}`,
    );
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.message}`);
  }

  /** A pipeline with two versions. Its runs wait for ever in a pool that no runner serves, unless it `isServed`. */
  async pipeline(
    options: { isServed?: boolean; sql?: string; tests?: object[] } = {},
  ): Promise<Ref> {
    const { isServed = false, sql = 'SELECT 1 AS n', tests = [] } = options;
    const ref: Ref = { namespace: 'default', layer: 'silver', name: this.next('p') };
    const config = { max_retries: 0, ...(isServed ? {} : { pool: 'nobody' }) };
    for (const text of ['SELECT 0 AS n', sql]) {
      const content = { sql: text, config, qualityTests: tests, contentHash: text };
      await putPipeline(this.db, ref, content);
    }
    return ref;
  }

  /** A run that waits. */
  async waitingRun(pipeline?: Ref): Promise<string> {
    const of = pipeline ?? (await this.pipeline());
    return (await createRun(this.db, { pipeline: of, trigger: { kind: 'manual' } })).id;
  }

  /** A run that a runner has executed to this end, and its pipeline. */
  async endedRun(how: 'success' | 'quarantine' = 'success'): Promise<EndedRun> {
    const test = { name: 'fails', sql: 'SELECT 1 AS n', severity: 'error' };
    const tests = how === 'success' ? [] : [test];
    const ref = await this.pipeline({ isServed: true, tests });
    const { namespace, layer, name: pipeline } = ref;
    const made = await this.do('post', '/runs', { body: { namespace, layer, pipeline } });
    const id = String(made['run_id']);
    await this.#fleet.spy.waitFor(id, how === 'success' ? 'success' : 'failed');
    return { id, ref };
  }

  /** What `make` made at the first call for a key. */
  shared<T>(key: string, make: () => Promise<T>): Promise<T> {
    const made = this.#shared.get(key) ?? make();
    this.#shared.set(key, made);
    return made as Promise<T>;
  }

  /** A published run that no request changes. */
  success(): Promise<EndedRun> {
    return this.shared('success', () => this.endedRun());
  }

  /** A run in quarantine that no request decides about. */
  quarantine(): Promise<EndedRun> {
    return this.shared('quarantine', () => this.endedRun('quarantine'));
  }

  /** A pipeline with a draft, and a published version before it. */
  async drafted(): Promise<Ref> {
    const ref = await this.pipeline();
    await this.do('put', `/pipelines/${at(ref)}/draft`, { body: { sql: 'SELECT 3 AS n' } });
    return ref;
  }

  async zone(): Promise<{ namespace: string; zone: string }> {
    const name = this.next('zone');
    await this.do('post', '/landing-zones', { body: { namespace: 'default', name } });
    return { namespace: 'default', zone: name };
  }

  /** The id of a schedule or a trigger, and its address by name. */
  async automation(kind: 'schedules' | 'triggers', more: object): Promise<Automation> {
    const ref = await this.pipeline();
    const path = `/pipelines/${at(ref)}/${kind}/one`;
    const { id, token } = await this.do('put', path, { body: more });
    const named = { ...ref, schedule: 'one', trigger: 'one' };
    return { id: String(id), token: String(token), ref, named };
  }
}

export interface EndedRun {
  id: string;
  ref: Ref;
}

export interface Automation {
  id: string;
  /** Of a webhook. */
  token: string;
  ref: Ref;
  /** The parameters of its address by name. */
  named: Record<string, string>;
}

export const NIGHTLY = { cron: '30 2 * * *' };
export const WEBHOOK = { kind: 'webhook', config: {} };

/** `namespace/layer/name`. */
export function at({ namespace, layer, name }: Ref): string {
  return `${namespace}/${layer}/${name}`;
}

/** The body that names a pipeline. */
export function bodyOf({ namespace, layer, name }: Ref): Record<string, string> {
  return { namespace, layer, pipeline: name };
}
