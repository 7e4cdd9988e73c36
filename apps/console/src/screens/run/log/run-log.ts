import type { RunEvent } from '@rat/client';
import { messageOf, rat } from '../../../client.ts';
import type { LogLine } from './log-lines.ts';

type Phase = Extract<RunEvent, { event: 'phase' }>['data'];
type Progress = Extract<RunEvent, { event: 'progress' }>['data'];
type End = Extract<RunEvent, { event: 'end' }>['data'];

/** What is known of a run's stream. A new object whenever something has changed; `lines` only grows. */
export interface RunLogState {
  lines: readonly LogLine[];
  /** How many of them there were when the object was made. */
  count: number;
  /** Where the first error of the newest attempt is, as the number of its line. */
  firstError: { attempt: number; number: number } | undefined;
  /** The newest mark of each phase of the newest attempt. */
  phases: readonly Phase[];
  progress: Progress | undefined;
  /** Once the whole log is here. */
  end: End | undefined;
  /** Whether the checksum of the whole log was compared. A part that came over an earlier stream is not in it. */
  isVerified: boolean;
  /** Why the stream has broken off for good. */
  problem: string | undefined;
}

/** More events at once than a run writes in a moment: they are the part of the log that was there before. */
const BACKLOG_EVENTS = 100;

/** How often a backlog is drawn. To draw each frame of it takes longer than to read it. */
const BACKLOG_EVERY_MS = 200;

/** A tab that is hidden for so long gives its stream back. */
const HIDDEN_MS = 30_000;

/**
 * The stream of one run, while a person looks at it. A hidden tab leaves it after a while, and resumes it after the last event
 * once it is visible again.
 */
export class RunLog {
  readonly #runId: string;
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<() => void>();
  #state: RunLogState;
  #after: string | undefined;
  #reading: AbortController | undefined;
  #hiding: number | undefined;
  #isScheduled = false;
  #isBacklog = false;
  /** Whether the present stream began with the first line. */
  #isWhole = true;
  #next: Partial<RunLogState> = {};

  constructor(runId: string) {
    this.#runId = runId;
    this.#state = {
      lines: this.#lines,
      count: 0,
      firstError: undefined,
      phases: [],
      progress: undefined,
      end: undefined,
      isVerified: false,
      problem: undefined,
    };
  }

  readonly read = (): RunLogState => this.#state;

  /** Reads the stream for as long as a person listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      document.addEventListener('visibilitychange', this.#onVisibility);
      this.#start();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      document.removeEventListener('visibilitychange', this.#onVisibility);
      window.clearTimeout(this.#hiding);
      this.#stop();
    };
  };

  /** Tries again after a problem. */
  readonly retry = (): void => {
    this.#stop();
    this.#publish({ problem: undefined });
    this.#start();
  };

  readonly #onVisibility = (): void => {
    window.clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = window.setTimeout(() => this.#stop(), HIDDEN_MS);
    else this.#start();
  };

  #stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
  }

  #start(): void {
    if (this.#reading !== undefined || this.#state.end !== undefined) return;
    const control = new AbortController();
    this.#reading = control;
    void this.#follow(control.signal).catch((error: unknown) => {
      if (!control.signal.aborted) this.#publish({ problem: messageOf(error) });
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    // The client checks the whole log against its checksum, unless a part of it came over an earlier stream.
    const after = { after: this.#after };
    this.#isWhole = this.#after === undefined;
    for await (const events of rat.runs.eventBatches(this.#runId, after, { signal })) {
      this.#isBacklog = events.length > BACKLOG_EVENTS;
      for (const event of events) this.#take(event);
      this.#after = events.at(-1)?.id || this.#after;
    }
  }

  #take(event: RunEvent): void {
    switch (event.event) {
      case 'log':
        this.#lines.push(event.data);
        this.#publish(this.#firstErrorAfter(event.data));
        return;
      case 'phase':
        this.#publish({ phases: withPhase(this.#next.phases ?? this.#state.phases, event.data) });
        return;
      case 'progress':
        this.#publish({ progress: event.data });
        return;
      case 'end':
        this.#publish({ end: event.data, isVerified: this.#isWhole, progress: undefined });
        return;
      case 'status':
      case 'error':
    }
  }

  #firstErrorAfter({ level, attempt }: LogLine): Partial<RunLogState> {
    const known = this.#next.firstError ?? this.#state.firstError;
    if (level !== 'error' || known?.attempt === attempt) return {};
    return { firstError: { attempt, number: this.#lines.length } };
  }

  /** Listeners get changes once a frame, and those of a backlog less often, but its first lines at once. */
  #publish(change: Partial<RunLogState>): void {
    this.#next = { ...this.#next, ...change };
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const waitMs = this.#isBacklog && this.#state.count > 0 ? BACKLOG_EVERY_MS : 0;
    if (waitMs === 0) requestAnimationFrame(this.#flush);
    else window.setTimeout(() => requestAnimationFrame(this.#flush), waitMs);
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#state = { ...this.#state, ...this.#next, count: this.#lines.length };
    this.#next = {};
    for (const listener of this.#listeners) listener();
  };
}

function withPhase(phases: readonly Phase[], phase: Phase): readonly Phase[] {
  const same = phases.filter(({ attempt }) => attempt === phase.attempt);
  const others = same.filter(({ name }) => name !== phase.name);
  return [...others, phase];
}
