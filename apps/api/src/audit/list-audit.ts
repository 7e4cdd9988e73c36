import type { AuditEntryAnswer, AuditList } from '@rat/contracts';
import { listAuditEntries, type AuditEntry } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { namesNothing } from '../http/names-nothing.ts';
import type { AuditDeps } from './audit-deps.ts';

const NOTHING: AuditList = { entries: [], total: 0, next_cursor: null };

/** GET /api/v1/audit: a page of the audit log, newest first. */
export function listAuditRoute(deps: AuditDeps): HandledOperation<'listAudit'> {
  return handleOperation('listAudit', async (_req, res, { query }) => {
    const { token_id: tokenId, namespace, ...rest } = query;
    if (namesNothing(namespace)) {
      res.json(NOTHING);
      return;
    }
    const within = typeof namespace === 'string' ? [namespace] : namespace;
    const page = await listAuditEntries(deps.db, { ...rest, tokenId, within });
    const answer: AuditList = {
      entries: page.entries.map(present),
      total: page.total,
      next_cursor: page.nextCursor ?? null,
    };
    res.json(answer);
  });
}

function present(entry: AuditEntry): AuditEntryAnswer {
  const { resource, status } = entry;
  const slash = resource.indexOf('/');
  return {
    id: entry.id,
    created_at: entry.at.toISOString(),
    user_id: entry.who ?? null,
    action: entry.action,
    resource,
    resource_type: slash === -1 ? resource : resource.slice(0, slash),
    resource_address: slash === -1 ? '' : resource.slice(slash + 1),
    status,
    detail: `answered ${status}`,
    request_id: entry.requestId,
    ip: entry.ip ?? null,
    objects: entry.objects ?? null,
    token_id: entry.tokenId ?? null,
    session_id: entry.sessionId ?? null,
  };
}
