import type { Shape } from './sdk-client.ts';

/** The answers of the reference platform, as the types of its SDK name them. */
export const NAMED = { name: 'string', description: 'string', created_at: 'string' };
export const PIPELINE = {
  id: 'string',
  namespace: 'string',
  layer: 'string',
  name: 'string',
  type: 'string',
  s3_path: 'string',
  description: 'string',
  owner: 'string|null',
  'published_at?': 'string|null',
  'published_versions?': 'object',
  draft_dirty: 'boolean',
  max_versions: 'number',
  created_at: 'string',
  updated_at: 'string',
};
export const VERSION = {
  id: 'string',
  pipeline_id: 'string',
  version_number: 'number',
  message: 'string',
  published_versions: 'object',
  created_at: 'string',
};
export const COLUMNS: Shape = [{ name: 'string', type: 'string', 'description?': 'string' }];
export const ROWS = {
  columns: COLUMNS,
  rows: ['object'] as [Shape],
  total_rows: 'number',
  duration_ms: 'number',
};
export const TABLE = {
  namespace: 'string',
  layer: 'string',
  name: 'string',
  row_count: 'number',
  size_bytes: 'number',
  'description?': 'string',
};
export const ADDRESSED = { namespace: 'string', layer: 'string', name: 'string', columns: COLUMNS };
export const RUN = {
  id: 'string',
  pipeline_id: 'string',
  status: 'string',
  trigger: 'string',
  started_at: 'string|null',
  finished_at: 'string|null',
  duration_ms: 'number|null',
  rows_written: 'number|null',
  error: 'string|null',
  logs_s3_path: 'string|null',
  created_at: 'string',
};
export const ZONE = {
  id: 'string',
  namespace: 'string',
  name: 'string',
  description: 'string',
  owner: 'string|null',
  expected_schema: 'string',
  file_count: 'number',
  total_bytes: 'number',
  created_at: 'string',
  updated_at: 'string',
};
export const LANDED = {
  id: 'string',
  zone_id: 'string',
  filename: 'string',
  s3_path: 'string',
  size_bytes: 'number',
  content_type: 'string',
  uploaded_by: 'string|null',
  uploaded_at: 'string',
};
export const STORED = { path: 'string', size: 'number', modified: 'string', type: 'string' };
export const RETENTION = Object.fromEntries(
  [
    'runs_max_per_pipeline',
    'runs_max_age_days',
    'logs_max_age_days',
    'quality_results_max_per_test',
    'soft_delete_purge_days',
    'stuck_run_timeout_minutes',
    'audit_log_max_age_days',
    'nessie_orphan_branch_max_age_hours',
    'reaper_interval_minutes',
    'iceberg_snapshot_max_age_days',
    'iceberg_orphan_file_max_age_days',
  ].map((key) => [key, 'number']),
);
export const REAPED = {
  last_run_at: 'string|null',
  runs_pruned: 'number',
  logs_pruned: 'number',
  quality_pruned: 'number',
  pipelines_purged: 'number',
  runs_failed: 'number',
  branches_cleaned: 'number',
  lz_files_cleaned: 'number',
  audit_pruned: 'number',
  updated_at: 'string',
};
export const QUALITY_TEST = {
  name: 'string',
  sql: 'string',
  severity: 'string',
  description: 'string',
  published: 'boolean',
  tags: ['string'] as [Shape],
  remediation: 'string',
};
export const QUALITY_RESULT = {
  name: 'string',
  status: 'string',
  severity: 'string',
  value: 'number',
  expected: 'number',
  duration_ms: 'number',
};
export const LINEAGE: Shape = {
  nodes: [
    {
      id: 'string',
      type: 'string',
      namespace: 'string',
      'layer?': 'string',
      name: 'string',
      'latest_run?': {
        id: 'string',
        status: 'string',
        'started_at?': 'string|null',
        'duration_ms?': 'number|null',
      },
      'quality?': { total: 'number', passed: 'number', failed: 'number', warned: 'number' },
    },
  ],
  edges: [{ source: 'string', target: 'string', type: 'string' }],
};
export const TRIGGER = {
  id: 'string',
  pipeline_id: 'string',
  type: 'string',
  config: 'object',
  enabled: 'boolean',
  cooldown_seconds: 'number',
  last_triggered_at: 'string|null',
  last_run_id: 'string|null',
  created_at: 'string',
  updated_at: 'string',
};
/** A schedule: the SDK has no methods for them, only its `request`. */
export const SCHEDULE = {
  id: 'string',
  pipeline_id: 'string',
  cron: 'string',
  enabled: 'boolean',
  last_run_id: 'string|null',
  last_run_at: 'string|null',
  next_run_at: 'string|null',
  created_at: 'string',
  updated_at: 'string',
};
