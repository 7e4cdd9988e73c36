import { formatRef, type PipelineRef, type TriggerConfig, type TriggerSettings } from '@rat/domain';
import {
  claimRun,
  completeRun,
  createRun,
  fireTriggers,
  listFirings,
  putPipeline,
  putTrigger,
  readFeed,
  type Database,
  type TriggerTurn,
} from '@rat/store';
import { eventually, openStoreFixture } from '@rat/testing';
import { TRIGGER_RULES } from '../src/fire-triggers.ts';

const SETTINGS: Omit<TriggerSettings, 'config'> = {
  debounceSeconds: 0,
  maxWaitSeconds: undefined,
  cooldownSeconds: 0,
  maxPerHour: 120,
  overlap: 'inherit',
  priority: 0,
  expiresInSeconds: undefined,
  params: undefined,
};

/** A store whose pipelines succeed and whose triggers decide at the times that a test gives. */
export interface TriggerLab {
  db: Database;
  url: string;
  /** Stores the pipeline `default.gold.<name>`. */
  pipeline: (name: string, config?: object) => Promise<PipelineRef>;
  /** Stores the trigger `t` of a pipeline, and returns its id. */
  trigger: (
    of: PipelineRef,
    config: TriggerConfig,
    settings?: Partial<TriggerSettings>,
  ) => Promise<string>;
  /** Ends a run that waits, as a success. */
  complete: (runId: string) => Promise<void>;
  /** Makes a run that succeeds, and returns its id. */
  succeed: (of: PipelineRef) => Promise<string>;
  /** Reads the feed to its end. An open transaction of another test on this server may hold it back. */
  readAll: (at?: Database) => Promise<void>;
  /** Reads the feed to its end, and lets the triggers decide. */
  turn: (now?: Date, at?: Database) => Promise<TriggerTurn>;
  /** The firings of a trigger in their order, such as `run ×1`. */
  outcomes: (id: string) => Promise<string[]>;
  close: () => Promise<void>;
}

export async function openTriggerLab(): Promise<TriggerLab> {
  const fixture = await openStoreFixture();
  const { db, url } = fixture;
  const complete = async (runId: string): Promise<void> => {
    await claimRun(db, { runId, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
    await completeRun(db, { runId, attempt: 1 }, {}, []);
  };
  const readAll = async (at: Database = db): Promise<void> => {
    await eventually('the feed is at its end', async () => {
      const { hasMore, isHeld } = await readFeed(at);
      return !hasMore && !isHeld;
    });
  };
  return {
    db,
    url,
    pipeline: async (name, config = {}) => {
      const ref: PipelineRef = { namespace: 'default', layer: 'gold', name };
      const content = { sql: 'SELECT 1 AS n', config, qualityTests: [], contentHash: name };
      await putPipeline(db, ref, content);
      return ref;
    },
    trigger: async (of, config, settings = {}) => {
      const given = { settings: { ...SETTINGS, config, ...settings } };
      const { id } = await putTrigger(db, { pipeline: of, name: 't' }, given);
      return id;
    },
    complete,
    succeed: async (of) => {
      const { id } = await createRun(db, { pipeline: of, trigger: { kind: 'manual' } });
      await complete(id);
      return id;
    },
    readAll,
    turn: async (now, at = db) => {
      await readAll(at);
      const fired = await fireTriggers(at, { rules: TRIGGER_RULES, limit: 200, now });
      if (fired.failed.length > 0) throw new Error(`failed: ${JSON.stringify(fired.failed)}`);
      return fired;
    },
    outcomes: async (id) => {
      const firings = await listFirings(db, id, { limit: 100 });
      return firings
        .toReversed()
        .map(({ outcome, reason, count }) => `${outcome}${reason ? ` ${reason}` : ''} ×${count}`);
    },
    close: () => fixture.close(),
  };
}

/** Fires after each of these pipelines. */
export const after = (pipelines: PipelineRef[], more: object = {}): TriggerConfig => ({
  kind: 'upstream',
  pipelines: pipelines.map(formatRef),
  match: 'any',
  within_seconds: null,
  since: null,
  per: 'batch',
  ...more,
});

/** A time so many seconds from now on. */
export const later = (seconds: number): Date => new Date(Date.now() + seconds * 1_000);
