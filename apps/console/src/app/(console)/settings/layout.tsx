import type { ReactNode } from 'react';
import { SettingsTabs } from '@/features/settings/settings-tabs';
import { PageHeader } from '@/ui/page-header';

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <PageHeader
        title="Settings"
        description="Who may use this Coatrack, and what they changed."
      />
      <SettingsTabs />
      {children}
    </>
  );
}
