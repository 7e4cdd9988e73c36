import type { TokenAnswer } from '@rat/contracts';
import type { TokenRow } from '@rat/store';

export function presentToken(row: TokenRow): TokenAnswer {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    namespaces: row.namespaces?.slice() ?? null,
    created_by: row.createdBy ?? null,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
