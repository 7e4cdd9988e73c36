/**
 * The private Postgres is not available; `message` gives the reason and what an operator can do.
 */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}
