import { coerceError, type Logger } from '@rat/runtime';
import { findEndedGrants, type Database } from '@rat/store';
import type { Grant } from './grant.ts';

/** How often the rights of open streams are looked at. A stream ends at most this time after its right. */
const LOOK_MS = 2_000;

interface Held {
  grant: Grant | undefined;
  listener: () => void;
}

/**
 * Watches the rights of requests that go on, all of them with one look at the database. While the database is down nothing
 * ends: a stream gets no data from it either.
 */
export class GrantWatch {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #held = new Set<Held>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor({ db, log }: { db: Database; log: Logger }) {
    this.#db = db;
    this.#log = log;
  }

  /** Returns what stops the watch of this grant. */
  add(grant: Grant | undefined, listener: () => void): () => void {
    const held = { grant, listener };
    this.#held.add(held);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS).unref();
    return () => {
      this.#held.delete(held);
      if (this.#held.size === 0) this.close();
    };
  }

  /** Ends what was begun while sign-in was off. */
  endAnonymous(): void {
    this.#endWhere((grant) => grant === undefined);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#endEnded();
    } catch (error) {
      this.#log.warn({ err: coerceError(error) }, 'rights of open streams not looked at');
    } finally {
      this.#isLooking = false;
    }
  }

  async #endEnded(): Promise<void> {
    const grants = [...this.#held].flatMap(({ grant }) => (grant === undefined ? [] : [grant]));
    if (grants.length === 0) return;
    const tokenIds = new Set(grants.flatMap(({ source }) => tokenIdOf(source) ?? []));
    const sessions = new Map(
      grants.flatMap(({ session }) =>
        session === undefined ? [] : [[session.toString('hex'), session] as const],
      ),
    );
    const ended = await findEndedGrants(this.#db, {
      tokenIds: [...tokenIds],
      sessions: [...sessions.values()],
    });
    const endedTokens = new Set(ended.tokenIds);
    const endedSessions = new Set(ended.sessions.map((hash) => hash.toString('hex')));
    this.#endWhere((grant) => {
      if (grant === undefined) return false;
      const tokenId = tokenIdOf(grant.source);
      if (tokenId !== undefined && endedTokens.has(tokenId)) return true;
      return grant.session !== undefined && endedSessions.has(grant.session.toString('hex'));
    });
  }

  #endWhere(isEnded: (grant: Grant | undefined) => boolean): void {
    for (const held of this.#held) {
      if (!isEnded(held.grant)) continue;
      this.#held.delete(held);
      held.listener();
    }
  }
}

function tokenIdOf(source: Grant['source']): string | undefined {
  return 'tokenId' in source ? source.tokenId : undefined;
}
