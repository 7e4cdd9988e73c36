import { z } from 'zod';
import { layer, pipelineRef, slug } from '../common.ts';
import { landingFileList, landingFileName, landingZoneList } from '../http/landing.ts';
import { maintenanceReport } from '../http/maintenance.ts';
import { queryAnswer, queryBody } from '../http/query.ts';
import { revertRunAnswer, runActionAnswer } from '../http/run-action.ts';
import { tableDetail, tableList } from '../http/table.ts';

/*
 * What the API asks a runner. The API has neither the warehouse nor DuckDB: whoever has them answers, and the API
 * passes the answer on. A question is a POST of JSON to `<door>/<verb>`, with the door's key as bearer token.
 */

const page = { limit: z.number().int().positive(), offset: z.number().int().nonnegative() };

/** Every question, with the shape of its answer. */
export const DOOR_VERBS = {
  'list-tables': {
    question: z.object({
      namespace: slug.optional(),
      layer: layer.optional(),
      limit: z.number().int().positive(),
      offset: z.number().int().nonnegative(),
    }),
    answer: tableList,
  },
  'get-table': { question: pipelineRef, answer: tableDetail },
  query: {
    question: queryBody.safeExtend({
      /** Who asks: queries of one client leave a place for others. */
      client: z.string().max(200).optional(),
      /** Whether it may wait for a place, which it does not while another runner may have one. */
      mayWait: z.boolean().default(true),
    }),
    answer: queryAnswer,
  },
  'plan-maintenance': { question: pipelineRef, answer: maintenanceReport },
  'list-landing-zones': {
    question: z.object({ namespace: slug, ...page }),
    answer: landingZoneList,
  },
  'list-landing-files': {
    question: z.object({ namespace: slug, zone: slug, processed: z.boolean(), ...page }),
    answer: landingFileList,
  },
  'delete-landing-file': {
    question: z.object({ namespace: slug, zone: slug, name: landingFileName }),
    answer: z.object({ deleted: z.literal(true) }),
  },
  'publish-run': {
    question: z.object({ runId: z.uuid(), reason: z.string() }),
    answer: runActionAnswer,
  },
  'discard-run': {
    question: z.object({ runId: z.uuid(), reason: z.string().optional() }),
    answer: runActionAnswer,
  },
  'revert-run': {
    question: z.object({ runId: z.uuid(), reason: z.string().optional() }),
    answer: revertRunAnswer,
  },
} as const;

export type DoorVerb = keyof typeof DOOR_VERBS;
export type DoorQuestion<V extends DoorVerb> = z.infer<(typeof DOOR_VERBS)[V]['question']>;
export type DoorAnswer<V extends DoorVerb> = z.infer<(typeof DOOR_VERBS)[V]['answer']>;

export function isDoorVerb(text: string): text is DoorVerb {
  return Object.hasOwn(DOOR_VERBS, text);
}
