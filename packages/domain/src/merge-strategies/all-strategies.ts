// Each strategy has one line. The exported name is the name in `config.yaml`.
export { appendOnly as append_only } from './append-only.ts';
export { deleteInsert as delete_insert } from './delete-insert.ts';
export { fullRefresh as full_refresh } from './full-refresh.ts';
export { incremental } from './incremental.ts';
export { scd2 } from './scd2.ts';
export { snapshot } from './snapshot.ts';
