import { isSlug, ROLES, type Role } from '@rat/domain';
import type { SignInProvider } from '../auth/sign-in.ts';

/** The role that a group of the identity provider gives its members. */
export interface GroupRole {
  group: string;
  role: Role;
  /** Undefined: all. */
  namespaces: readonly string[] | undefined;
}

/** The identity provider at which people sign in, and what its groups may do here. */
export interface OidcSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** The address of this installation, as browsers reach it. */
  publicUrl: URL;
  scopes: string;
  /** The claim that lists the groups of a person. */
  groupsClaim: string;
  roles: readonly GroupRole[];
}

/** The variables that `toOidcSettings` reads. */
export interface OidcEnv {
  RAT_OIDC_ISSUER?: string | undefined;
  RAT_OIDC_CLIENT_ID?: string | undefined;
  RAT_OIDC_CLIENT_SECRET?: string | undefined;
  RAT_OIDC_ROLES?: string | undefined;
  RAT_OIDC_SCOPES: string;
  RAT_OIDC_GROUPS_CLAIM: string;
  RAT_PUBLIC_URL?: string | undefined;
}

/**
 * The settings of the identity provider; undefined when no RAT_OIDC_ISSUER is set. Throws what `toError` makes of a message
 * for the operator.
 */
export function toOidcSettings(
  env: OidcEnv,
  toError: (message: string) => Error,
): OidcSettings | undefined {
  if (env.RAT_OIDC_ISSUER === undefined) return undefined;
  const {
    RAT_OIDC_CLIENT_ID: clientId,
    RAT_OIDC_CLIENT_SECRET: clientSecret,
    RAT_OIDC_ROLES: roles,
    RAT_PUBLIC_URL: publicUrl,
  } = env;
  if (
    clientId === undefined ||
    clientSecret === undefined ||
    roles === undefined ||
    publicUrl === undefined
  ) {
    throw toError(
      'RAT_OIDC_ISSUER is set, so RAT_OIDC_CLIENT_ID, RAT_OIDC_CLIENT_SECRET (or RAT_OIDC_CLIENT_SECRET_FILE), RAT_OIDC_ROLES and RAT_PUBLIC_URL must be set too',
    );
  }
  return {
    issuer: new URL(env.RAT_OIDC_ISSUER),
    clientId,
    clientSecret,
    publicUrl: new URL(publicUrl),
    scopes: env.RAT_OIDC_SCOPES,
    groupsClaim: env.RAT_OIDC_GROUPS_CLAIM,
    roles: parseGroupRoles(roles),
  };
}

/**
 * Parses `group=role` or `group=role:namespace+namespace`, separated by commas. Throws an Error whose message names the wrong
 * entry.
 *
 * @example
 * parseGroupRoles('platform=admin, sales=operator:sales+sales_eu');
 */
export function parseGroupRoles(text: string): GroupRole[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseGroupRole);
}

function parseGroupRole(entry: string): GroupRole {
  const [, group, name, limit] = /^(.+)=([a-z]+)(?::(.+))?$/.exec(entry) ?? [];
  const role = ROLES.find((one) => one === name);
  if (group === undefined || role === undefined) {
    throw new Error(
      `${entry} must be group=role or group=role:namespace+namespace, with a role of ${ROLES.join(', ')}`,
    );
  }
  const namespaces = limit?.split('+');
  if (namespaces?.every(isSlug) === false) {
    throw new Error(`${entry} names no namespaces after its colon, such as sales+sales_eu`);
  }
  return { group: group.trim(), role, namespaces };
}

/** What sign-in needs of the identity provider. */
export function toSignInProvider({ issuer, roles }: OidcSettings): SignInProvider {
  return { issuer: issuer.href, roleOf: (groups) => roleOfGroups(groups, roles) };
}

/** Those of a person's groups that have a role. */
export function mappedGroups(groups: readonly string[], roles: readonly GroupRole[]): string[] {
  return groups.filter((one) => roles.some(({ group }) => group === one));
}

/**
 * What a person of these groups may do: the highest role of its groups, in the namespaces of all groups that give this role.
 * Undefined when no group gives one.
 */
export function roleOfGroups(
  groups: readonly string[],
  roles: readonly GroupRole[],
): Pick<GroupRole, 'role' | 'namespaces'> | undefined {
  const given = roles.filter(({ group }) => groups.includes(group));
  const role = ROLES.findLast((one) => given.some((entry) => entry.role === one));
  if (role === undefined) return undefined;
  const limits = given.filter((entry) => entry.role === role).map((entry) => entry.namespaces);
  const isLimited = limits.every((limit) => limit !== undefined);
  return { role, namespaces: isLimited ? [...new Set(limits.flat())] : undefined };
}
