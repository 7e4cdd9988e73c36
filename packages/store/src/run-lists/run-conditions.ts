import type { RunDisposition } from '@rat/domain';
import type { CountFilter } from './run-query.ts';

type Bind = (value: unknown) => string;

/** Whether a filter has a column that `run_counts` does not have. */
export function hasUncountedFilter(filter: CountFilter): boolean {
  const { kind, trigger, pool, runner, failureCode, groupId } = filter;
  const { disposition, pipelineVersion, q } = filter;
  const values = [kind, trigger, pool, runner, failureCode, groupId, disposition];
  return [...values, pipelineVersion, q].some((value) => value !== undefined);
}

/** The conditions of a filter, for a statement that reads `runs r`; each of them must hold. */
export function runConditions(filter: CountFilter, bind: Bind): string[] {
  const conditions: string[] = [];
  const equals = {
    namespace: filter.namespace,
    layer: filter.layer,
    pipeline: filter.pipeline,
    kind: filter.kind,
    pool: filter.pool,
    runner_id: filter.runner,
    failure_code: filter.failureCode,
    group_id: filter.groupId,
  };
  for (const [column, value] of Object.entries(equals)) {
    if (value !== undefined) conditions.push(matchName(`r.${column}`, value, bind));
  }
  const { status, from, to, trigger, disposition, pipelineVersion, q } = filter;
  if (typeof status === 'string') conditions.push(`r.status = ${bind(status)}`);
  else if (status !== undefined) conditions.push(`r.status = ANY (${bind(status)})`);
  if (from !== undefined) conditions.push(`r.created_at > ${bind(from)}`);
  if (to !== undefined) conditions.push(`r.created_at < ${bind(to)}`);
  if (trigger !== undefined) {
    const label = `${bind(trigger)}::text`;
    conditions.push(`(r.trigger = ${label} OR starts_with(r.trigger, ${label} || ':'))`);
  }
  if (disposition !== undefined) conditions.push(ofDisposition(disposition));
  if (pipelineVersion !== undefined) conditions.push(ofVersion(filter, pipelineVersion, bind));
  if (q !== undefined) conditions.push(matches(q, bind));
  return conditions;
}

/**
 * The version is found once, before the runs. No index starts with it: each new run would write a further entry.
 * The index of the runs of a pipeline bounds the search, and retention bounds these.
 */
function ofVersion(filter: CountFilter, version: number, bind: Bind): string {
  const { namespace, layer, pipeline } = filter;
  const address = Object.entries({ namespace, layer, name: pipeline }).flatMap(([column, name]) =>
    name === undefined ? [] : [matchName(`p.${column}`, name, bind)],
  );
  return `r.pipeline_version_id = ANY (ARRAY(
    SELECT v.id FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
    WHERE ${[...address, `v.version = ${bind(version)}`].join(' AND ')}))`;
}

/** The condition for a column with one name, or any of several. */
export function matchName(column: string, name: string | readonly string[], bind: Bind): string {
  return typeof name === 'string' ? `${column} = ${bind(name)}` : `${column} = ANY (${bind(name)})`;
}

const HAS_ACTION = 'r.id IN (SELECT run_id FROM run_actions WHERE action =';

/** In SQL what `dispositionOf` of the domain decides. */
function ofDisposition(disposition: RunDisposition): string {
  switch (disposition) {
    case 'quarantined':
      return `r.kind = 'pipeline' AND r.failure_code = 'quality_failed'
        AND NOT EXISTS (SELECT FROM run_actions a WHERE a.run_id = r.id)`;
    case 'discarded':
      return `${HAS_ACTION} 'discard')`;
    case 'published':
      return `${HAS_ACTION} 'publish') AND NOT ${HAS_ACTION} 'revert')`;
    case 'reverted':
      return `${HAS_ACTION} 'revert')`;
  }
}

/** The bounds of the ids that begin with the given digits of a UUID. */
export function idRange(text: string): { first: string; last: string } | undefined {
  // The dashes of a whole id stand after the digits 8, 12, 16 and 20.
  if (!/^[0-9a-f]{8}(-?[0-9a-f]{0,4}){0,3}(-?[0-9a-f]{0,12})?$/.test(text)) return undefined;
  const digits = text.replaceAll('-', '');
  if (digits.length > 32) return undefined;
  return { first: toUuid(digits.padEnd(32, '0')), last: toUuid(digits.padEnd(32, 'f')) };
}

function toUuid(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Addresses are compared in the list of pipelines, which is far shorter than that of their runs. */
function matches(q: string, bind: Bind): string {
  const text = q.toLowerCase();
  const ofPipeline = `(r.namespace, r.layer, r.pipeline) IN (
    SELECT namespace, layer, name FROM pipelines
    WHERE position(${bind(text)} IN namespace || '.' || layer || '.' || name) > 0)`;
  const range = idRange(text);
  if (range === undefined) return ofPipeline;
  return `(${ofPipeline} OR r.id BETWEEN ${bind(range.first)}::uuid AND ${bind(range.last)}::uuid)`;
}
