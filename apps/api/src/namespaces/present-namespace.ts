import type { NamespaceAnswer } from '@rat/contracts';
import type { NamespaceRow } from '@rat/store';

export function presentNamespace(row: NamespaceRow): NamespaceAnswer {
  return {
    name: row.name,
    description: row.description ?? '',
    owner: row.owner ?? null,
    weight: row.weight,
    pipelines: row.pipelines,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
