import type { UploadConfig } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import type { FiringContext, News } from './firing-context.ts';
import type { TriggerRow } from './trigger-row.ts';

/** More unread files than this, the newest, are not compared with a glob in one turn. */
const FILES_READ = 10_000;

/** How many files a firing names. */
const FILES_NAMED = 20;

/**
 * The files of a zone that no success of the pipeline has read. They are news when there are enough of
 * them, and at least one of them came after the last decision: a run that failed is not repeated for
 * the same files.
 */
export async function readFileNews(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  config: UploadConfig,
  { rules }: FiringContext,
): Promise<News> {
  const { namespace, zone, pattern, min_files: least } = config;
  const matches = rules.matchFiles(pattern);
  const rows = await tx.$queryRawUnsafe<UnreadRow[]>(
    LIST_UNREAD,
    trigger.id,
    trigger.pipelineId,
    namespace,
    zone,
  );
  const files = rows.filter(({ path }) => matches(path)).toReversed();
  const last = files.at(-1);
  const isNew = files.length >= least && files.some((file) => file.is_new);
  const names = files.filter((file) => file.is_new).map(({ path }) => path);
  const total = names.length;
  return {
    inputs: [{ isNew, latestAt: undefined }],
    key: files.map(({ path, position }) => `${position} ${path}`).join('\n'),
    causes: [
      { kind: 'files', zone: `${namespace}/${zone}`, files: names.slice(0, FILES_NAMED), total },
    ],
    consume: async (consuming) => {
      await consuming.$executeRawUnsafe(CONSUME_FILES, trigger.id, last?.position ?? null);
    },
  };
}

interface UnreadRow {
  path: string;
  /** In decimal. */
  position: string;
  is_new: boolean;
}

/**
 * A run reads the whole zone, so the newest success that read the zone has read what earlier ones had
 * and what is still there. Three are looked at, because runs may overlap. Size and time, in ms as the
 * zone's files have it, distinguish a replaced file from the one that was read.
 *
 * Of a long list only the beginning is stored. Such a read counts for every file that the trigger has
 * decided about: only newer ones are unread. The newest files come first, so that no number of old
 * unread ones keeps a new one out.
 */
const LIST_UNREAD = `
  WITH lists AS (
    SELECT l.files, l.files_total
    FROM (
      SELECT id, attempt, status, created_at FROM runs
      WHERE pipeline_id = $2::uuid ORDER BY created_at DESC LIMIT 100
    ) r
      JOIN landing_reads l ON l.run_id = r.id AND l.attempt = r.attempt AND l.zone = $4
    WHERE r.status = 'success'
    ORDER BY r.created_at DESC LIMIT 3
  ), reads AS (
    SELECT file ->> 'path' AS path, (file ->> 'bytes')::bigint AS bytes,
      div((file ->> 'mtimeNs')::numeric, 1000000) AS modified_ms
    FROM lists, jsonb_array_elements(lists.files) AS file
  )
  SELECT
    f.path,
    f.position::text,
    f.position > coalesce(i.consumed::bigint, 0) AS is_new
  FROM zone_files f
    JOIN trigger_inputs i ON i.trigger_id = $1::uuid AND i.input = 'zone:' || $3 || '/' || $4
  WHERE f.namespace = $3
    AND f.zone = $4
    AND f.position IS NOT NULL
    AND (
      f.position > coalesce(i.consumed::bigint, 0)
      OR NOT EXISTS (SELECT 1 FROM lists WHERE files_total > jsonb_array_length(files))
    )
    AND NOT EXISTS (
      SELECT 1 FROM reads
      WHERE reads.path = f.path
        AND reads.bytes = f.bytes
        AND reads.modified_ms = round(extract(epoch FROM f.modified_at) * 1000)
    )
  ORDER BY f.position DESC LIMIT ${FILES_READ}`;

const CONSUME_FILES = `UPDATE trigger_inputs SET
    consumed = greatest(consumed::bigint, $2::bigint)::text,
    latest = greatest(consumed::bigint, $2::bigint)::text
  WHERE trigger_id = $1::uuid AND input LIKE 'zone:%'`;
