import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from '@rat/testing';

export interface Answer {
  status: number;
  body: {
    name?: string;
    bytes?: number;
    sha256?: string;
    rows?: unknown[][];
    total?: number;
    files?: { name: string; bytes: number }[];
    landing_zones?: { name: string; files: number; bytes: number }[];
    landing_files?: Record<string, { path: string; bytes: number }[]>;
    landing_files_total?: Record<string, number>;
    status?: string;
    attempt?: number;
    failure?: { code: string } | null;
    error?: { message: string };
  };
}

/** The requests of landing zone tests to a fleet. */
export class LandingClient {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  url(path: string): string {
    return `${this.#fleet.apis[0]?.url}/api/v1${path}`;
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url(path), { method, ...init });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
    };
  }

  upload(zone: string, name: string, body: RequestInit['body'], more = ''): Promise<Answer> {
    const path = `/landing-zones/default/${zone}/files?name=${encodeURIComponent(name)}${more}`;
    return this.send('POST', path, { body: body ?? null });
  }

  /** The names that the API lists. */
  async names(zone: string, more = ''): Promise<string[]> {
    const { body } = await this.send(
      'GET',
      `/landing-zones/default/${zone}/files?limit=100${more}`,
    );
    return (body.files ?? []).map((file) => file.name);
  }

  /**
   * Makes `default/bronze/<name>` a pipeline that appends the `n` of every file in the zone of its
   * name.
   */
  async define(name: string, config: object = {}, from = ''): Promise<void> {
    await this.#fleet.putPipeline(`default/bronze/${name}`, {
      sql: `SELECT n::INT AS n, filename.split('/')[-1] AS file
        FROM read_csv({{ landing_zone('${name}') }}, filename = true) ${from}`,
      config: { merge_strategy: 'append_only', max_retries: 0, ...config },
      quality_tests: [{ name: 'positive', sql: 'SELECT * FROM {{ this }} WHERE n < 0' }],
    });
  }

  async run(name: string, ends: 'success' | 'failed' = 'success'): Promise<string> {
    const id = await this.#fleet.createRun(`default/bronze/${name}`);
    await this.#fleet.spy.waitFor(id, ends);
    return id;
  }

  async rows(name: string): Promise<unknown> {
    const { body } = await this.send('POST', '/query', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: `SELECT n FROM bronze.${name} ORDER BY n`, rows_as: 'arrays' }),
    });
    return body.rows?.flat() ?? body.error?.message;
  }

  /** The paths of the files that the run read. */
  async filesRead(runId: string, zone: string): Promise<string[] | undefined> {
    const { body } = await this.send('GET', `/runs/${runId}`);
    return body.landing_files?.[zone]?.map((file) => file.path);
  }

  /** The files of the zone on disk, including unfinished uploads. */
  async onDisk(zone: string): Promise<string[]> {
    const root = join(this.#fleet.home, 'landing/default');
    const list = (folder: string): Promise<string[]> =>
      readdir(folder, { recursive: true }).catch(() => []);
    return [...(await list(join(root, zone))), ...(await list(join(root, '.uploads')))].toSorted();
  }
}
