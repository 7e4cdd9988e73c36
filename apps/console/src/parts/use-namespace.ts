import { useSearch } from '@tanstack/react-router';

/** The namespace whose things are shown, from the address; undefined: all that the person may see. */
export function useNamespace(): string | undefined {
  return useSearch({ from: '__root__' }).ns;
}
