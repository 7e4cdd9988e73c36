import type { FiringCause } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import type { FiringContext, News } from './firing-context.ts';
import { readDeliveryNews } from './read-delivery-news.ts';
import { readFileNews } from './read-file-news.ts';
import {
  INPUT_COLUMNS,
  toInput,
  type StoredInput,
  type TriggerInput,
  type TriggerRow,
} from './trigger-row.ts';

/**
 * What a trigger has to decide about: one piece of news, or several of a trigger that fires for each
 * success.
 */
export async function readNews(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  context: FiringContext,
): Promise<News[]> {
  const { config } = trigger;
  switch (config.kind) {
    case 'upload':
      return [await readFileNews(tx, trigger, config, context)];
    case 'upstream':
    case 'table': {
      const inputs = await readInputs(tx, trigger.id);
      const single = inputs.filter(({ input }) => input.startsWith('run:'));
      if (config.kind === 'upstream' && config.per === 'run') {
        return single.map((input) => singleNews(trigger.id, input));
      }
      return [batchNews(trigger.id, inputs)];
    }
    case 'webhook':
      return readDeliveryNews(tx, trigger);
    case 'dependency':
      return [];
  }
}

async function readInputs(
  tx: Prisma.TransactionClient,
  triggerId: string,
): Promise<(TriggerInput & { pipeline: string | undefined })[]> {
  const rows = await tx.$queryRawUnsafe<(StoredInput & { pipeline: string | null })[]>(
    READ_INPUTS,
    triggerId,
  );
  return rows.map((row) => ({ ...toInput(row), pipeline: row.pipeline ?? undefined }));
}

/** Successes that fire one by one come in the order of the successes. */
const READ_INPUTS = `SELECT
    ${INPUT_COLUMNS},
    r.namespace || '.' || r.layer || '.' || r.pipeline AS pipeline
  FROM trigger_inputs i LEFT JOIN runs r ON r.id = i.run_id
  WHERE i.trigger_id = $1::uuid
  ORDER BY i.latest_xid, i.latest_position, i.input
  LIMIT 1000`;

function isNew({ latest, consumed }: TriggerInput): boolean {
  return latest !== undefined && latest !== consumed;
}

function batchNews(triggerId: string, inputs: readonly TriggerInput[]): News {
  const fresh = inputs.filter(isNew);
  return {
    inputs: inputs.map((input) => ({ isNew: isNew(input), latestAt: input.latestAt })),
    key: fresh.map(({ input, latest }) => `${input} ${latest}`).join('\n'),
    causes: fresh.map(causeOf),
    consume: async (tx) => {
      await tx.$executeRawUnsafe(CONSUME, triggerId);
    },
  };
}

/** The trigger's row is locked, so the states are still those that were read. */
const CONSUME = `UPDATE trigger_inputs SET consumed = latest
  WHERE trigger_id = $1::uuid AND consumed IS DISTINCT FROM latest`;

function singleNews(
  triggerId: string,
  input: TriggerInput & { pipeline: string | undefined },
): News {
  const runId = input.runId ?? '';
  return {
    inputs: [{ isNew: true, latestAt: input.latestAt }],
    key: input.input,
    causes: [{ kind: 'run', pipeline: input.pipeline ?? '', run_id: runId }],
    consume: async (tx) => {
      await tx.$executeRawUnsafe(CONSUME_SINGLE, triggerId, input.input);
      await tx.$executeRawUnsafe(CONSUME, triggerId);
    },
  };
}

const CONSUME_SINGLE = `DELETE FROM trigger_inputs WHERE trigger_id = $1::uuid AND input = $2`;

function causeOf({ input, latest = '', runId }: TriggerInput): FiringCause {
  const name = input.slice(input.indexOf(':') + 1);
  return input.startsWith('table:')
    ? { kind: 'table', table: name, data_version: latest, run_id: runId ?? null }
    : { kind: 'run', pipeline: name, run_id: runId ?? '' };
}
