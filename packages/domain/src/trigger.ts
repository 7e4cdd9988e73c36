/**
 * Why a run was requested. Only our own code sets the kind, and only the kind has a meaning: a
 * client's text is a label which the run shows, even if it reads like one of our own labels.
 *
 * - `manual`: a request that names no trigger.
 * - `api`: a request whose sender chose the label.
 * - `schedule`: a schedule was due, or a person ran it by hand. A time that makes no run is a firing
 *   with a reason, and no run.
 * - `trigger`: something changed that a trigger watches, or a person ran the trigger by hand.
 * - `rerun`, `reproduce`: a request to repeat an earlier run.
 * - `tests`: a request to run only the quality tests.
 * - `maintenance`: a request, or the runner's timetable, to compact and expire a table.
 */
export type Trigger =
  | { kind: 'manual' | 'rerun' | 'reproduce' | 'tests' | 'maintenance' }
  | { kind: 'api' | 'schedule' | 'trigger'; label: string };

/** The text that is stored as the run's trigger and returned to clients. */
export function triggerLabel(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'api':
    case 'schedule':
    case 'trigger':
      return trigger.label;
    default:
      return trigger.kind;
  }
}
