import type { Turn } from '../turn.ts';

/** Breaks something, notes it, and mends it again before it resolves. */
export type InjectFault = (turn: Turn) => Promise<void>;
