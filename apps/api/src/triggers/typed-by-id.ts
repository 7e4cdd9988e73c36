import { TYPED_CONFIGS, type PutTriggerBody, type TypedTrigger } from '@rat/contracts';
import { announceRun, planFirings } from '@rat/dispatch';
import { formatRef, NotFoundError, type PipelineRef } from '@rat/domain';
import {
  changeSchedule,
  deleteSchedule,
  deleteTrigger,
  getSchedule,
  getTrigger,
  putTrigger,
  type Database,
  type ScheduleStory,
  type TriggerStory,
} from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import type { Addressed } from '../http/base-url.ts';
import { parseSettings, pauseOf } from '../automation/parse-settings.ts';
import { parseTrigger, parseTypedConfig } from '../automation/parse-trigger.ts';
import {
  presentTypedSchedule,
  presentTypedTrigger,
  typeOf,
  withToken,
} from './present-typed-trigger.ts';
import { chooseSecrets } from '../webhooks/webhook-secrets.ts';
import { refuseUnknownInputs } from '../automation/unknown-inputs.ts';
import type { TriggerDeps } from './trigger-deps.ts';

/** The trigger or schedule of a pipeline with this id, in the words of other clients. Throws NotFoundError. */
export async function getTyped(
  db: Database,
  req: Addressed,
  { pipeline, id }: { pipeline: PipelineRef; id: string },
): Promise<TypedTrigger> {
  const found = await findEither(db, pipeline, id);
  return found.kind === 'trigger'
    ? presentTypedTrigger(found.row, req)
    : presentTypedSchedule(found.row);
}

/** Changes the config, the pause and the cooldown; what the body leaves out stays as it is. */
export async function changeTyped(
  deps: TriggerDeps,
  req: Addressed,
  { pipeline, id, body }: { pipeline: PipelineRef; id: string; body: PutTriggerBody },
): Promise<TypedTrigger> {
  const { db } = deps;
  const found = await findEither(db, pipeline, id);
  const { enabled, config, cooldown_seconds: cooldown } = body;
  const isPaused = pauseOf({ enabled });
  if (found.kind === 'schedule') {
    const typed = config && parseTypedConfig({ type: 'cron', config });
    const cron = typed?.kind === 'cron' ? typed.cron : undefined;
    const written = await changeSchedule(
      db,
      id,
      (current) => ({ settings: parseSettings({ cron }, current), isPaused }),
      { plan: planFirings },
    );
    for (const run of written.fired.runs) announceRun(deps, run);
    return presentTypedSchedule(await getSchedule(db, id));
  }
  const { row } = found;
  const cooldownSeconds = cooldown ?? row.cooldownSeconds;
  const watched = config === undefined ? row.config : parseWatched(row, config);
  const mayRead = confinedTo(req);
  await refuseUnknownInputs(db, { pipeline, config: watched, mayRead });
  const settings = { ...row, config: watched, cooldownSeconds };
  const configs = { next: watched, current: row.config };
  const { secrets, token } = chooseSecrets(body.secrets ?? undefined, configs, deps.secretBox);
  const change = { settings, isPaused, secrets: () => secrets };
  await putTrigger(db, { pipeline, name: row.name }, change, { mayRead });
  return withToken(presentTypedTrigger(await getTrigger(db, id), req), token);
}

/** A config in the words of the trigger's type. */
function parseWatched(row: TriggerStory, config: Record<string, unknown>): TriggerStory['config'] {
  const { type } = typeOf(row.config);
  const { kind } = row.config;
  const given = isType(type) ? parseTypedConfig({ type, config }) : { kind, config };
  if (given.kind === 'cron') throw new Error('a trigger has no type of a schedule');
  return parseTrigger(row.pipeline, given).config;
}

function isType(type: string): type is keyof typeof TYPED_CONFIGS {
  return type in TYPED_CONFIGS;
}

/** Deletes the trigger or schedule of a pipeline with this id. Throws NotFoundError. */
export async function deleteTyped(db: Database, pipeline: PipelineRef, id: string): Promise<void> {
  const { kind } = await findEither(db, pipeline, id);
  await (kind === 'trigger' ? deleteTrigger(db, id) : deleteSchedule(db, id));
}

type Found = { kind: 'trigger'; row: TriggerStory } | { kind: 'schedule'; row: ScheduleStory };

/** One of another pipeline is not found: the path names the namespace that the principal may see. */
async function findEither(db: Database, pipeline: PipelineRef, id: string): Promise<Found> {
  const found = await getTrigger(db, id)
    .then(
      (row): Found => ({ kind: 'trigger', row }),
      async (error: unknown): Promise<Found> => {
        if (!(error instanceof NotFoundError)) throw error;
        return { kind: 'schedule', row: await getSchedule(db, id) };
      },
    )
    .catch((error: unknown) => {
      throw error instanceof NotFoundError ? new NotFoundError('trigger not found') : error;
    });
  if (formatRef(found.row.pipeline) === formatRef(pipeline)) return found;
  throw new NotFoundError('trigger not found');
}
