import type { WhyNot } from '@rat/contracts';
import { TRIGGER_RULES } from '@rat/dispatch';
import {
  explainNotRun,
  type NotRunReason,
  type ScheduleFacts,
  type TriggerFacts,
} from '@rat/domain';
import {
  getPipeline,
  listSchedules,
  listTriggers,
  readNotRunFacts,
  type Database,
  type NotRunFacts,
  type ScheduleStory,
  type TriggerStory,
} from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { isOwnInput, maySeeIn, ownConfig, type MaySee } from '../triggers/own-inputs.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/** A pipeline with more of either is explained by the first of them. */
const SOURCES_MAX = 200;

const PIPELINE = 'pipeline:';

/** The name of an input that the caller may not see. */
const FOREIGN = 'what is in other namespaces';

/** GET …/why-not: why a pipeline does not run by itself now, source by source. */
export function getWhyNotRoute(deps: { db: Database }): HandledOperation<'getWhyNot'> {
  return handleOperation('getWhyNot', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const { version } = await getPipeline(deps.db, ref);
    const own = { namespace: ref.namespace, layer: ref.layer, pipeline: ref.name };
    const page = { ...own, limit: SOURCES_MAX, offset: 0 };
    const [{ schedules }, { triggers }] = await Promise.all([
      listSchedules(deps.db, page),
      listTriggers(deps.db, page),
    ]);
    const watched = triggers.flatMap(({ inputs }) => inputs.map(({ input }) => input));
    const pipelines = watched.filter((input) => input.startsWith(PIPELINE));
    const facts = await readNotRunFacts(
      deps.db,
      triggers.map(({ id }) => id),
      [...new Set(pipelines.map((input) => input.slice(PIPELINE.length)))],
    );
    const maySee = maySeeIn(confinedTo(req));
    const { verdict, summary, sources } = explainNotRun({
      now: facts.now,
      isPublished: version > 0,
      sources: [
        ...schedules.map(toSchedule),
        ...triggers.map((one) => toTrigger(one, facts, maySee)),
      ],
    });
    const answer: WhyNot = { verdict, summary, sources: sources.map(present) };
    res.json(answer);
  });
}

function toSchedule({ name, paused, fireAt, lastFiring }: ScheduleStory): ScheduleFacts {
  return { kind: 'schedule', name, paused, fireAt, lastFiring };
}

function toTrigger(trigger: TriggerStory, facts: NotRunFacts, maySee: MaySee): TriggerFacts {
  const { id, name, paused, fireAt, lastFiring, config, marks } = trigger;
  const { hidden } = ownConfig(config, maySee);
  const isMatching = config.kind === 'upstream' || config.kind === 'table';
  const delivery = {
    input: 'delivery',
    isNew: facts.delivered.has(id),
    latestAt: facts.delivered.get(id),
    hasFailed: false,
  };
  const inputs = trigger.inputs.map(({ input, latest, consumed, latestAt }) => ({
    input: isOwnInput(input, { maySee, hidden }) ? input : FOREIGN,
    isNew: latest !== undefined && latest !== consumed,
    latestAt,
    hasFailed: facts.failed.has(input.slice(PIPELINE.length)) && input.startsWith(PIPELINE),
  }));
  return {
    kind: 'trigger',
    name,
    paused,
    fireAt,
    lastFiring,
    isTimed: config.kind === 'dependency',
    pace: trigger,
    marks,
    inputs: config.kind === 'webhook' ? [delivery] : inputs,
    rule: {
      match: isMatching ? config.match : 'any',
      withinSeconds: (isMatching ? config.within_seconds : null) ?? undefined,
      notBefore:
        isMatching && config.since !== null
          ? TRIGGER_RULES.lastTime(config.since, facts.now)
          : undefined,
    },
    firedLastHour: facts.fired.get(id) ?? 0,
  };
}

function present(reason: NotRunReason): WhyNot['sources'][number] {
  const { kind, name, verdict, since, until, missing: all, lastFiring } = reason;
  const missing = all.filter(({ input }) => input !== FOREIGN);
  return {
    kind,
    name,
    verdict,
    since: since?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    missing: missing.map(({ input, latestAt, neededAfter }) => ({
      input,
      latest_at: latestAt?.toISOString() ?? null,
      needed_after: neededAfter?.toISOString() ?? null,
    })),
    hidden: all.length - missing.length,
    last_firing:
      lastFiring === undefined
        ? null
        : {
            id: lastFiring.id,
            outcome: lastFiring.outcome,
            reason: lastFiring.reason ?? null,
            at: lastFiring.at.toISOString(),
          },
  };
}
