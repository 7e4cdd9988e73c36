import type { ChaosReport } from './run-chaos.ts';

/** The size that a play must reach before the absence of violations proves anything. */
export interface ChaosMinimum {
  runs: number;
  /** Distinct scenarios: one that is played twice counts once. */
  scenarios: number;
}

/** Describes each minimum that the play missed; empty when it missed none. */
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
