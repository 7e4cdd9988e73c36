/** The private Postgres cannot be had; `message` says why and what an operator can do about it. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}
