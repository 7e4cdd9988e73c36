import { pickTexts } from './pick-texts.ts';

export const SETTINGS_TABS = ['look', 'tokens', 'audit'] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

const AUDIT_FILTERS = ['who', 'action', 'resource', 'namespace', 'from', 'to'] as const;
export type AuditFilter = (typeof AUDIT_FILTERS)[number];

/** The address of the settings; the filters and the page are those of the audit log. */
export type SettingsUrl = {
  [Name in AuditFilter | 'ns' | 'cursor']?: string | undefined;
} & { tab?: SettingsTab | undefined };

export function parseSettingsUrl(search: Record<string, unknown>): SettingsUrl {
  const { tab, ...rest } = pickTexts(search, ['ns', 'tab', 'cursor', ...AUDIT_FILTERS]);
  const known = SETTINGS_TABS.find((one) => one === tab);
  return known === undefined ? rest : { ...rest, tab: known };
}
