import type { NamespaceAnswer, NamespaceDetail } from '@rat/contracts';
import { getQuotaUses, type Database, type NamespaceRow } from '@rat/store';

export function presentNamespace(row: NamespaceRow): NamespaceAnswer {
  const { runs_in_line, runs_running, query_seconds, upload_bytes } = row.quotas;
  return {
    name: row.name,
    description: row.description ?? '',
    owner: row.owner ?? null,
    weight: row.weight,
    pipelines: row.pipelines,
    quotas: {
      runs_in_line: runs_in_line ?? null,
      runs_running: runs_running ?? null,
      query_seconds: query_seconds ?? null,
      upload_bytes: upload_bytes ?? null,
    },
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** The namespace with what it uses of its quotas now. */
export async function presentInFull(
  { db }: { db: Database },
  row: NamespaceRow,
): Promise<NamespaceDetail> {
  return { ...presentNamespace(row), quota_use: await getQuotaUses(db, row.name) };
}
