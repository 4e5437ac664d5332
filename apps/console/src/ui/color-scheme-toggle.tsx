'use client';

import { NavLink, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';

const order: { scheme: MantineColorScheme; label: string; icon: typeof IconSun }[] = [
  { scheme: 'auto', label: 'Theme: system', icon: IconDeviceDesktop },
  { scheme: 'light', label: 'Theme: light', icon: IconSun },
  { scheme: 'dark', label: 'Theme: dark', icon: IconMoon },
];

export function ColorSchemeToggle({ className }: { className?: string }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  // The choice is kept in the browser, so the server renders "system" and the page corrects it.
  const mounted = useMounted();
  const index = mounted ? order.findIndex(({ scheme }) => scheme === colorScheme) : 0;
  const { label, icon: Icon } = order[index]!;
  return (
    <NavLink
      component="button"
      label={label}
      onClick={() => setColorScheme(order[(index + 1) % order.length]!.scheme)}
      leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
      className={className}
    />
  );
}
