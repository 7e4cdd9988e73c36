import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Empty } from '../../parts/empty.tsx';
import { useMay } from '../../parts/may.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { parseSettingsUrl, SETTINGS_TABS } from '../../url/settings-url.ts';
import { AuditTab } from './audit-tab.tsx';
import { LookTab } from './look-tab.tsx';
import { TokensTab } from './tokens-tab.tsx';

/** How the console looks, and for administrators the tokens and the audit log. */
export function SettingsScreen(): ReactNode {
  const url = parseSettingsUrl(useSearch({ strict: false }));
  const isAdmin = useMay('admin');
  const tab = url.tab ?? 'look';
  const names = isAdmin ? SETTINGS_TABS : SETTINGS_TABS.filter((one) => one === 'look');
  return (
    <>
      <ScreenHead title="Settings" />
      <Tabs label="parts of the settings" names={names} shown={tab} />
      {tab === 'look' ? (
        <LookTab />
      ) : !isAdmin ? (
        <Empty title="Only an administrator may see this" />
      ) : tab === 'tokens' ? (
        <TokensTab />
      ) : (
        <AuditTab url={url} />
      )}
    </>
  );
}
