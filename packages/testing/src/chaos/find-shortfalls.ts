import type { ChaosReport } from './run-chaos.ts';

/** What a play must have come to before the absence of violations says anything. */
export interface ChaosMinimum {
  runs: number;
  /** Different ones: a scenario that is played twice counts once. */
  scenarios: number;
}

/** Says in words what the play fell short of; nothing when it was enough. */
export function findShortfalls(
  played: { runs: number; turns: readonly Pick<ChaosReport['turns'][number], 'scenario'>[] },
  minimum: ChaosMinimum,
): string[] {
  const scenarios = new Set(played.turns.map((turn) => turn.scenario)).size;
  return [
    ...(played.runs < minimum.runs ? [`${played.runs} runs of at least ${minimum.runs}`] : []),
    ...(scenarios < minimum.scenarios
      ? [`${scenarios} scenarios of at least ${minimum.scenarios}`]
      : []),
  ];
}
