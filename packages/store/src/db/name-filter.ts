/** One name, or any of several; undefined: every name. */
export type NameFilter = string | readonly string[] | undefined;

/** The names of a filter, for a parameter of the type `text[]`; null: every name. */
export function toNames(filter: NameFilter): readonly string[] | null {
  if (filter === undefined) return null;
  return typeof filter === 'string' ? [filter] : filter;
}
