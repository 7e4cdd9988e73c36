import { NODE_STATES } from '@rat/domain';
import { z } from 'zod';
import { bodyNamespace, layer, slug, timestamp } from '../common.ts';
import { paramValues } from '../pipeline-files/params.ts';

/** The body of POST /run-groups. */
export const runGroupBody = z
  .strictObject({
    namespace: bodyNamespace,
    layer,
    pipeline: slug,
    /** The pipelines above it that run first: none, those that lack data or never succeeded, or all. */
    upstream: z.enum(['none', 'stale', 'all']).default('none'),
    /** Whether the pipelines below it run after it. */
    downstream: z.enum(['none', 'all']).default('none'),
    /** Values of the parameters of the pipeline itself. */
    params: paramValues.optional(),
    /** Only answers what would run. */
    dry_run: z.boolean().default(false),
  })
  .meta({ id: 'CreateRunGroupBody' });

const address = z.string().meta({ description: '`namespace.layer.name`' });

export const runGroupPlan = z
  .object({
    /** Each pipeline after those that it needs. */
    nodes: z.array(z.object({ pipeline: address, needs: z.array(address) })),
  })
  .meta({ id: 'RunGroupPlan' });
export type RunGroupPlan = z.infer<typeof runGroupPlan>;

export const runGroupCreated = runGroupPlan
  .extend({ group_id: z.uuid() })
  .meta({ id: 'RunGroupCreated' });
export type RunGroupCreated = z.infer<typeof runGroupCreated>;

export const runGroupAnswer = z
  .object({
    id: z.uuid(),
    /** The pipeline that was asked for. */
    pipeline: address,
    /** `running` until nothing is left to wait for. */
    status: z.enum(['running', 'success', 'failed', 'cancelled']),
    created_at: timestamp,
    ended_at: timestamp.nullable(),
    nodes: z.array(
      z.object({
        pipeline: address,
        needs: z.array(address),
        /** `blocked`: one of its needs did not succeed, so it gets no run. */
        state: z.enum(NODE_STATES),
        run_id: z.uuid().nullable(),
      }),
    ),
  })
  .meta({ id: 'RunGroup' });
export type RunGroupAnswer = z.infer<typeof runGroupAnswer>;
