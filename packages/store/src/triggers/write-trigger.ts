import {
  ConflictError,
  formatRef,
  holdsPrecondition,
  PreconditionError,
  type NamespaceSet,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import type { Database } from '../db/database.ts';
import { createRunId } from '../db/create-run-id.ts';
import { askPrisma, makeOnce, type IdempotencyKey, type Made } from '../db/idempotency.ts';
import { settingsSide } from '../db/state-tag.ts';
import type { Prisma } from '../generated/client.ts';
import { lockPipelineByName } from '../schedules/lock-schedule.ts';
import { lockTrigger, LOCK_TRIGGER_BY_NAME, type LockedTrigger } from './lock-trigger.ts';
import { lockZones } from './lock-zones.ts';
import { refuseCycles } from './refuse-cycles.ts';
import {
  hasTriggerSettings,
  insertTrigger,
  removeTrigger,
  storeTrigger,
  type TriggerChange,
} from './store-trigger.ts';
import { toTrigger, type TriggerRow } from './trigger-row.ts';

/** What a write of a trigger needs besides its settings. */
interface WriteOptions {
  precondition?: Precondition | undefined;
  by?: string | undefined;
  /** A message about a cycle does not name pipelines of other namespaces. */
  mayRead?: NamespaceSet;
}

/** The entity tag of a trigger. */
export function triggerTag({ id, revision }: Pick<TriggerRow, 'id' | 'revision'>): string {
  return `"${revision}-${id}"`;
}

const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/**
 * Stores the trigger of a pipeline under a name: a new one, or new settings of the one that has this
 * name, which keeps its id. A new trigger, and one that watches something else now, begins with the
 * present state of its inputs, and waits for newer ones. Throws NotFoundError for an unknown pipeline,
 * ConflictError for one that a file manages, UnprocessableError for a cycle, PreconditionError, and what
 * the choice of secrets throws.
 *
 * @example
 * const { isNew } = await putTrigger(db, { pipeline, name: 'on-files' }, { settings });
 */
export async function putTrigger(
  db: Database,
  { pipeline, name }: { pipeline: PipelineRef; name: string },
  change: TriggerChange,
  options: WriteOptions = {},
): Promise<{ id: string; isNew: boolean }> {
  return db.prisma.$transaction(async (tx) => {
    await lockZones(tx, [change.settings.config]);
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const [found] = await tx.$queryRawUnsafe<LockedTrigger[]>(
      LOCK_TRIGGER_BY_NAME,
      pipelineId,
      name,
    );
    const current = found && toTrigger(found);
    refuseUnless(current, options.precondition);
    if (current?.managedBy === 'files' && !hasTriggerSettings(current, change.settings)) {
      throw managedByFiles(current);
    }
    const id = current?.id ?? createRunId();
    if (current === undefined) await insertTrigger(tx, { id, pipelineId, name }, change);
    await storeTrigger(tx, { id, current }, change, options.by);
    const configs = new Map([['config', change.settings.config]]);
    await refuseCycles(tx, { pipeline, configs, mayRead: options.mayRead });
    return { id, isNew: current === undefined };
  }, TRANSACTION);
}

/**
 * Creates a trigger. Without a name it gets a free one by its kind: `upload`, `upload-2`, … Throws
 * NotFoundError for an unknown pipeline, ConflictError when the name is taken, and
 * UnprocessableError for a cycle.
 */
export async function createTrigger(
  db: Database,
  { pipeline, name }: { pipeline: PipelineRef; name: string | undefined },
  change: TriggerChange,
  {
    by,
    mayRead,
    idempotency,
  }: Pick<WriteOptions, 'by' | 'mayRead'> & { idempotency?: IdempotencyKey | undefined },
): Promise<Made<{ id: string }>> {
  const create = async (tx: Prisma.TransactionClient) => {
    const { config } = change.settings;
    await lockZones(tx, [config]);
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const rows = await tx.$queryRawUnsafe<{ name: string }[]>(LIST_NAMES, pipelineId);
    const taken = new Set(rows.map((row) => row.name));
    if (name !== undefined && taken.has(name)) {
      throw new ConflictError(`the pipeline has a trigger ${name} already`);
    }
    const id = createRunId();
    const free = name ?? freeName(config.kind, taken);
    await insertTrigger(tx, { id, pipelineId, name: free }, change);
    await storeTrigger(tx, { id, current: undefined }, change, by);
    await refuseCycles(tx, { pipeline, configs: new Map([['config', config]]), mayRead });
    return { id };
  };
  return db.prisma.$transaction(
    (tx) => makeOnce(askPrisma(tx), idempotency, () => create(tx)),
    TRANSACTION,
  );
}

const LIST_NAMES = `SELECT name FROM triggers WHERE pipeline_id = $1::uuid AND deleted_at IS NULL`;

function freeName(kind: string, taken: ReadonlySet<string>): string {
  if (!taken.has(kind)) return kind;
  let number = 2;
  while (taken.has(`${kind}-${number}`)) number += 1;
  return `${kind}-${number}`;
}

/**
 * Deletes a trigger; its runs and firings stay. Throws NotFoundError, PreconditionError, and
 * ConflictError for one that a file manages.
 */
export async function deleteTrigger(
  db: Database,
  id: string,
  precondition: Precondition = {},
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    const trigger = toTrigger(await lockTrigger(tx, id));
    refuseUnless(trigger, precondition);
    if (trigger.managedBy === 'files') throw managedByFiles(trigger);
    await removeTrigger(tx, id);
  }, TRANSACTION);
}

function managedByFiles({ name, pipeline }: TriggerRow): ConflictError {
  return new ConflictError(
    `trigger ${name} is set by the automation.yaml of ${formatRef(pipeline)}: change it there; only pause, resume, run and secrets work here`,
  );
}

function refuseUnless(
  current: TriggerRow | undefined,
  precondition: Precondition | undefined,
): void {
  if (precondition === undefined) return;
  const tags = current === undefined ? [] : [triggerTag(current)];
  if (holdsPrecondition(precondition, tags)) return;
  const message =
    current === undefined
      ? 'the trigger does not exist, so nothing matches If-Match'
      : precondition.isAbsent
        ? 'If-None-Match: * creates only, but the trigger exists'
        : `the tag of If-Match is not the current one, which is ${triggerTag(current)}: read the trigger again`;
  const side = current && settingsSide({ tag: triggerTag(current), at: current.updatedAt });
  throw new PreconditionError(message, { yours: undefined, current: side });
}
