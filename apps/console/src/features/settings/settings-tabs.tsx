'use client';

import { Tabs } from '@mantine/core';
import { usePathname, useRouter } from 'next/navigation';

const tabs = [
  { href: '/settings/keys', label: 'Keys' },
  { href: '/settings/sessions', label: 'Sessions' },
  { href: '/settings/audit', label: 'Audit' },
];

export function SettingsTabs() {
  const router = useRouter();
  return (
    <Tabs value={usePathname()} onChange={(href) => href && router.push(href)} mb="lg">
      <Tabs.List aria-label="Settings">
        {tabs.map(({ href, label }) => (
          <Tabs.Tab key={href} value={href}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
