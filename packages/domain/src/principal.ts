/** What a principal may do, least first. Each role may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'author', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who sends a request, as the service has found it out itself. */
export interface Principal {
  /** The name of the token that it signed in with. */
  name: string;
  role: Role;
  /** What it may see and touch; undefined: all. */
  namespaces: readonly string[] | undefined;
}

/** Whether a role may do what `needed` may do. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
