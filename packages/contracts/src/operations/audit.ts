import { auditList } from '../http/audit.ts';
import { listAuditQuery } from '../http/list-queries.ts';
import { defineOperation, json } from './operation.ts';

export const listAudit = defineOperation({
  id: 'listAudit',
  method: 'get',
  path: '/api/v1/audit',
  params: {},
  summary: 'Who changed what: a page of the audit log, newest first',
  description:
    'One entry for each request that could change something, also for a refused one. `resource` is a whole resource or its first parts. `from` includes its instant, `to` does not. `namespace` shows the entries about its pipelines, tables, files and zones, and about its runs, schedules, triggers, tokens and shared views while these exist. An admin of some namespaces sees the entries of them all without it.',
  query: listAuditQuery,
  answers: { 200: json('The page', auditList) },
  errors: [],
  access: { role: 'admin', namespace: 'query' },
  retry: 'safe',
});
