/** The named parameters of an address that have a value. */
export function pickTexts<const Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): { [Key in Name]?: string | undefined } {
  const known = names.map((name) => [name, search[name]] as const);
  // Only the named ones are in it, each with a text.
  return Object.fromEntries(
    known.filter(([, value]) => typeof value === 'string' && value !== ''),
  ) as { [Key in Name]?: string | undefined };
}
