import type { CronTime, FiringCause, InputNews, ParamValues } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import type { CreatedRun } from '../runs/create-run.ts';
import type { PipelineRules } from '../schedules/make-room.ts';

/** What deciding about triggers needs beyond their rows. */
export interface TriggerRules {
  /** The last time of a pattern up to `now`. */
  lastTime: (time: CronTime, now: Date) => Date | undefined;
  /** The first time of a pattern after an instant. */
  nextTime: (time: CronTime, after: Date) => Date | undefined;
  /** Returns the test whether the path of a file matches a glob; null: every file does. */
  matchFiles: (pattern: string | null) => (path: string) => boolean;
}

/** What a decision came to. */
export interface TriggerOutcome {
  /** To be announced after the commit. */
  runs: Extract<CreatedRun, { kind: 'created' }>[];
  /** How many decisions made no run. */
  others: number;
  /** Why it is paused now. */
  paused?: string | undefined;
}

/** What a decision needs beyond the trigger. */
export interface FiringContext {
  rules: TriggerRules;
  pipelineRules: PipelineRules;
  now: Date;
}

/** What a trigger compares for one firing. */
export interface News {
  inputs: InputNews[];
  /** The states that it would decide about. */
  key: string;
  causes: FiringCause[];
  params?: ParamValues | undefined;
  /** Marks the states as decided about. */
  consume: (tx: Prisma.TransactionClient) => Promise<void>;
}
