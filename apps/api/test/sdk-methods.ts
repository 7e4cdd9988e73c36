import { expect } from '@jest/globals';
import type { Method, Sent } from './sdk-client.ts';
import {
  ADDRESSED,
  COLUMNS,
  LANDED,
  LINEAGE,
  NAMED,
  PIPELINE,
  QUALITY_RESULT,
  QUALITY_TEST,
  REAPED,
  RETENTION,
  ROWS,
  RUN,
  STORED,
  TABLE,
  VERSION,
  ZONE,
} from './sdk-shapes.ts';
import { AUTOMATION } from './sdk-triggers.ts';

const json = (body: object): Sent => ({ json: body });
const file = (name: string, content: string, more = {}): Sent => ({
  form: { ...more, file: { name, content } },
});

const PIPE = '/api/v1/pipelines/sdkns/bronze/numbers';
const ZONES = '/api/v1/landing-zones';
const FILES = '/api/v1/files';
const FOLDER = 'sdkns/pipelines/bronze/numbers';
const TABLES = '/api/v1/tables/sdkns/bronze/numbers';
const SQL = '-- @description: Numbers\nSELECT i::BIGINT AS n, i / 2.0 AS half FROM range(5) t(i)';
const TEST = [
  '-- @severity: warn',
  '-- @description: No negative',
  '-- @tags: range',
  "SELECT * FROM {{ ref('bronze.numbers') }} WHERE n < 0",
].join('\n');

const SYSTEM: Method[] = [
  { name: 'health.getHealth', request: 'GET /health', shape: { status: 'string' } },
  {
    name: 'health.getFeatures',
    request: 'GET /api/v1/features',
    shape: {
      edition: 'string',
      namespaces: 'boolean',
      multi_user: 'boolean',
      landing_zones: 'boolean',
      plugins: 'object',
    },
  },
  {
    name: 'namespaces.create',
    request: 'POST /api/v1/namespaces',
    sent: json({ name: 'sdkns' }),
    shape: { name: 'string' },
  },
  {
    name: 'namespaces.list',
    request: 'GET /api/v1/namespaces',
    shape: { namespaces: [NAMED], total: 'number' },
  },
  {
    name: 'namespaces.update',
    request: 'PUT /api/v1/namespaces/sdkns',
    sent: json({ description: 'of the SDK' }),
    shape: 'null|object',
  },
];

const AUTHORING: Method[] = [
  {
    name: 'pipelines.create',
    request: 'POST /api/v1/pipelines',
    sent: json({ namespace: 'sdkns', layer: 'bronze', name: 'numbers', type: 'sql' }),
    shape: {
      namespace: 'string',
      layer: 'string',
      name: 'string',
      s3_path: 'string',
      files_created: ['string'],
    },
  },
  {
    name: 'storage.write',
    request: `PUT ${FILES}/${FOLDER}/pipeline.sql`,
    sent: json({ content: SQL }),
    shape: { path: 'string', status: 'string' },
  },
  {
    name: 'pipelines.list',
    request: 'GET /api/v1/pipelines?namespace=sdkns&layer=bronze',
    shape: { pipelines: [PIPELINE], total: 'number' },
  },
  {
    name: 'pipelines.get',
    request: `GET ${PIPE}`,
    shape: PIPELINE,
    holds: (body) => expect(body.draft_dirty).toBe(true),
  },
  {
    name: 'pipelines.update',
    request: `PUT ${PIPE}`,
    sent: json({ description: 'numbers', owner: 'ana' }),
    shape: PIPELINE,
    holds: (body) => expect(body).toMatchObject({ description: 'numbers', owner: 'ana' }),
  },
  {
    name: 'pipelines.preview',
    request: `POST ${PIPE}/preview`,
    shape: {
      columns: COLUMNS,
      rows: ['object'],
      total_row_count: 'number',
      phases: [{ name: 'string', duration_ms: 'number' }],
      explain_output: 'string',
      memory_peak_bytes: 'number',
      logs: [{ timestamp: 'string', level: 'string', message: 'string' }],
      warnings: ['string'],
    },
    holds: (body) => expect(body.rows[3]).toEqual({ n: 3, half: 1.5 }),
  },
  {
    name: 'pipelines.preview of an unsaved text',
    request: `POST ${PIPE}/preview`,
    sent: json({ limit: 1, code: 'SELECT 7 AS n' }),
    shape: { rows: ['object'] },
    holds: (body) => expect(body.rows).toEqual([{ n: 7 }]),
  },
  {
    name: 'pipelines.preview of a wrong text',
    request: `POST ${PIPE}/preview`,
    sent: json({ code: 'SELEC 7' }),
    shape: { error: 'string' },
  },
  {
    name: 'pipelines.publish',
    request: `POST ${PIPE}/publish`,
    shape: { status: 'string', version: 'number', message: 'string', versions: 'object' },
    holds: (body) => expect(body).toMatchObject({ status: 'published', version: 1 }),
  },
  {
    name: 'storage.write of a second text',
    request: `PUT ${FILES}/${FOLDER}/pipeline.sql`,
    sent: json({ content: `${SQL} WHERE i > 0` }),
    shape: { path: 'string', status: 'string' },
  },
  {
    name: 'pipelines.publish with a message',
    request: `POST ${PIPE}/publish`,
    sent: json({ message: 'without zero' }),
    shape: { status: 'string', version: 'number', message: 'string', versions: 'object' },
    holds: (body) => expect(body).toMatchObject({ version: 2, message: 'without zero' }),
  },
  {
    name: 'pipelines.rollback',
    request: `POST ${PIPE}/rollback`,
    sent: json({ version: 1 }),
    shape: { status: 'string', from_version: 'number', new_version: 'number', message: 'string' },
    holds: (body) => expect(body).toMatchObject({ status: 'rolled_back', new_version: 3 }),
  },
  {
    name: 'pipelines.listVersions',
    request: `GET ${PIPE}/versions`,
    shape: { versions: [VERSION], total: 'number' },
    holds: (body) => expect(body.total).toBe(3),
  },
  { name: 'pipelines.getVersion', request: `GET ${PIPE}/versions/1`, shape: VERSION },
  {
    name: 'quality.create',
    request: `POST ${PIPE}/tests`,
    sent: json({ name: 'positive', sql: TEST }),
    shape: { name: 'string', severity: 'string', path: 'string' },
    holds: (body) => expect(body.severity).toBe('warn'),
  },
  {
    name: 'quality.list',
    request: `GET ${PIPE}/tests`,
    shape: { tests: [QUALITY_TEST], total: 'number' },
    holds: (body) => expect(body.tests[0]).toMatchObject({ name: 'positive', tags: ['range'] }),
  },
  {
    name: 'storage.list',
    request: `GET ${FILES}?prefix=sdkns/pipelines`,
    shape: { files: [STORED] },
  },
  {
    name: 'storage.read',
    request: `GET ${FILES}/${FOLDER}/pipeline.sql`,
    shape: { path: 'string', content: 'string', size: 'number', modified: 'string' },
    holds: (body) => expect(body.content).toBe(SQL),
  },
  {
    name: 'storage.upload',
    request: `POST ${FILES}/upload`,
    sent: file('config.yaml', 'description: uploaded\n', { path: `${FOLDER}/config.yaml` }),
    shape: { path: 'string', filename: 'string', size: 'number', status: 'string' },
  },
  {
    name: 'storage.delete',
    request: `DELETE ${FILES}/${FOLDER}/config.yaml`,
    shape: null,
  },
];

const RUNNING: Method[] = [
  {
    name: 'runs.create',
    request: 'POST /api/v1/runs',
    sent: json({ namespace: 'sdkns', layer: 'bronze', pipeline: 'numbers', trigger: 'sdk' }),
    shape: { run_id: 'string', status: 'string' },
  },
  { name: 'runs.get', request: 'GET /api/v1/runs/{run}', shape: RUN },
  {
    name: 'runs.list',
    request: 'GET /api/v1/runs?namespace=sdkns&layer=bronze&pipeline=numbers&status=success',
    shape: { runs: [RUN], total: 'number' },
    holds: (body) => expect(body.total).toBe(1),
  },
  {
    name: 'runs.logs',
    request: 'GET /api/v1/runs/{run}/logs',
    shape: {
      logs: [{ timestamp: 'string', level: 'string', message: 'string' }],
      status: 'string',
    },
  },
  {
    name: 'quality.run',
    request: `POST ${PIPE}/tests/run`,
    shape: { results: [QUALITY_RESULT], passed: 'number', failed: 'number', total: 'number' },
    holds: (body) => expect(body).toMatchObject({ passed: 1, failed: 0, total: 1 }),
  },
  { name: 'quality.delete', request: `DELETE ${PIPE}/tests/positive`, shape: null },
];

const READING: Method[] = [
  {
    name: 'query.execute',
    request: 'POST /api/v1/query',
    sent: json({ sql: 'SELECT 1 AS a, 2.5::DOUBLE AS b', namespace: '', limit: 1000 }),
    shape: ROWS,
    holds: (body) => expect(body.rows).toEqual([{ a: 1, b: 2.5 }]),
  },
  {
    name: 'query.execute in a namespace',
    request: 'POST /api/v1/query',
    sent: json({ sql: 'SELECT count(*) AS n FROM bronze.numbers', namespace: 'sdkns', limit: 10 }),
    shape: ROWS,
    holds: (body) => expect(body.rows).toEqual([{ n: 5 }]),
  },
  {
    name: 'tables.list',
    request: 'GET /api/v1/tables?namespace=sdkns',
    shape: { tables: [TABLE], total: 'number' },
    holds: (body) => expect(body.tables[0].row_count).toBe(5),
  },
  {
    name: 'tables.updateMetadata',
    request: `PUT ${TABLES}/metadata`,
    sent: json({ description: 'five', owner: 'ana', column_descriptions: { n: 'the number' } }),
    shape: { ...TABLE, columns: COLUMNS },
  },
  {
    name: 'tables.get',
    request: `GET ${TABLES}`,
    shape: { ...TABLE, columns: COLUMNS, owner: 'string|null' },
    holds: (body) => {
      expect(body).toMatchObject({ description: 'five', owner: 'ana' });
      expect(body.columns[0]).toMatchObject({ name: 'n', description: 'the number' });
    },
  },
  { name: 'tables.preview', request: `GET ${TABLES}/preview`, shape: ROWS },
  {
    name: 'tables.schema',
    request: 'GET /api/v1/schema?namespace=sdkns',
    shape: { tables: [ADDRESSED] },
  },
];

const FLOW: Method[] = [
  {
    name: 'lineage.get',
    request: 'GET /api/v1/lineage',
    shape: LINEAGE,
    holds: (body) => {
      expect(body.nodes).toContainEqual(
        expect.objectContaining({
          type: 'pipeline',
          name: 'numbers',
          latest_run: expect.objectContaining({ status: 'success' }),
          quality: expect.objectContaining({ total: 1, passed: 1 }),
        }),
      );
      expect(body.edges).toContainEqual(expect.objectContaining({ type: 'produces' }));
    },
  },
  {
    name: 'lineage.get of a namespace',
    request: 'GET /api/v1/lineage?namespace=sdkns',
    shape: LINEAGE,
    holds: (body) => expect(body.nodes).toHaveLength(2),
  },
];

const LANDING: Method[] = [
  {
    name: 'landing.create',
    request: `POST ${ZONES}`,
    sent: json({ namespace: 'sdkns', name: 'drops', description: 'files' }),
    shape: ZONE,
  },
  {
    name: 'landing.list',
    request: `GET ${ZONES}?namespace=sdkns`,
    shape: { zones: [ZONE], total: 'number' },
  },
  {
    name: 'landing.update',
    request: `PUT ${ZONES}/sdkns/drops`,
    sent: json({ expected_schema: 'id, name', owner: 'ana' }),
    shape: ZONE,
    holds: (body) => expect(body).toMatchObject({ expected_schema: 'id, name', owner: 'ana' }),
  },
  {
    name: 'landing.uploadFile',
    request: `POST ${ZONES}/sdkns/drops/files`,
    sent: file('a.csv', 'id,name\n1,x\n'),
    shape: LANDED,
  },
  {
    name: 'landing.listFiles',
    request: `GET ${ZONES}/sdkns/drops/files`,
    shape: { files: [LANDED], total: 'number' },
    holds: (body) => expect(body.total).toBe(1),
  },
  { name: 'landing.getFile', request: `GET ${ZONES}/sdkns/drops/files/{file}`, shape: LANDED },
  {
    name: 'landing.get',
    request: `GET ${ZONES}/sdkns/drops`,
    shape: ZONE,
    holds: (body) => expect(body).toMatchObject({ file_count: 1, total_bytes: 12 }),
  },
  {
    name: 'landing.deleteFile',
    request: `DELETE ${ZONES}/sdkns/drops/files/{file}`,
    shape: null,
  },
  {
    name: 'landing.uploadSample',
    request: `POST ${ZONES}/sdkns/drops/samples`,
    sent: file('a.csv', 'id,name\n1,x\n'),
    shape: { path: 'string', filename: 'string', size: 'number', status: 'string' },
  },
  {
    name: 'landing.listSamples',
    request: `GET ${ZONES}/sdkns/drops/samples`,
    shape: { files: [STORED], total: 'number' },
    holds: (body) => expect(body.total).toBe(1),
  },
  {
    name: 'landing.deleteSample',
    request: `DELETE ${ZONES}/sdkns/drops/samples/a.csv`,
    shape: null,
  },
  {
    name: 'retention.updateZoneLifecycle',
    request: `PUT ${ZONES}/sdkns/drops/lifecycle`,
    sent: json({ processed_max_age_days: 7, auto_purge: true }),
    shape: null,
  },
  {
    name: 'retention.getZoneLifecycle',
    request: `GET ${ZONES}/sdkns/drops/lifecycle`,
    shape: { processed_max_age_days: 'number|null', auto_purge: 'boolean' },
    holds: (body) => expect(body).toMatchObject({ processed_max_age_days: 7, auto_purge: true }),
  },
  { name: 'landing.delete', request: `DELETE ${ZONES}/sdkns/drops`, shape: null },
];

const KEEPING: Method[] = [
  {
    name: 'retention.getConfig',
    request: 'GET /api/v1/admin/retention/config',
    shape: { config: RETENTION },
  },
  { name: 'retention.triggerRun', request: 'POST /api/v1/admin/retention/run', shape: REAPED },
  { name: 'retention.getStatus', request: 'GET /api/v1/admin/retention/status', shape: REAPED },
  {
    name: 'retention.updatePipelineRetention',
    request: `PUT ${PIPE}/retention`,
    sent: json({ runs_max_per_pipeline: 10 }),
    shape: null,
  },
  {
    name: 'retention.getPipelineRetention',
    request: `GET ${PIPE}/retention`,
    shape: { system: RETENTION, overrides: 'object|null', effective: RETENTION },
    holds: (body) => {
      expect(body.overrides).toEqual({ runs_max_per_pipeline: 10 });
      expect(body.effective.runs_max_per_pipeline).toBe(10);
    },
  },
  { name: 'plugins.list', request: 'GET /api/v1/plugins', shape: ['object'] },
  {
    name: 'plugins.listRunnerPlugins',
    request: 'GET /api/v1/runner/plugins',
    shape: 'array|object',
  },
  { name: 'plugins.listSources', request: 'GET /api/v1/plugin-sources', shape: ['object'] },
  { name: 'plugins.listPolicies', request: 'GET /api/v1/plugin-policies', shape: ['object'] },
  { name: 'pipelines.delete', request: `DELETE ${PIPE}`, shape: 'null|object' },
  {
    name: 'namespaces.create of an empty one',
    request: 'POST /api/v1/namespaces',
    sent: json({ name: 'sdkempty' }),
    shape: { name: 'string' },
  },
  { name: 'namespaces.delete', request: 'DELETE /api/v1/namespaces/sdkempty', shape: null },
];

/** In the order in which a program would call them: each builds on those before. */
export const METHODS: readonly Method[] = [
  ...SYSTEM,
  ...AUTHORING,
  ...RUNNING,
  ...READING,
  ...FLOW,
  ...LANDING,
  ...AUTOMATION,
  ...KEEPING,
];
