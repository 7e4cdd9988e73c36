/** The beginning of an id that tells it from others. It ends with the millisecond; searches and addresses take it. */
export function shortId(id: string): string {
  return id.slice(0, 13);
}
