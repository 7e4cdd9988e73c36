/**
 * The words for the parts of an address, for statuses and for roles. They are a part of `index.ts` that loads without the
 * rest, for programs whose start a person waits for.
 */
export {
  formatRef,
  isLayer,
  isSlug,
  LAYERS,
  type Layer,
  type PipelineRef,
} from './pipeline-ref.ts';
export { ROLES, type Role } from './principal.ts';
export { isTerminal, RUN_STATUSES, type RunStatus } from './run-status.ts';
