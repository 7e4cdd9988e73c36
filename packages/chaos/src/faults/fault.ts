import type { Turn } from '../turn.ts';

/** Breaks something, notes it, and repairs it before it resolves. */
export type InjectFault = (turn: Turn) => Promise<void>;
