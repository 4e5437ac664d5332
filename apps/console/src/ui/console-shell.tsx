'use client';

import { AppShell, Burger, Group, NavLink, ScrollArea, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconApi,
  IconChartDots,
  IconCloudDownload,
  IconHome,
  IconPhoto,
  IconPlayerPlay,
  IconSchool,
  IconSettings,
  IconStack2,
} from '@tabler/icons-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { ColorSchemeToggle } from './color-scheme-toggle';
import { Logo } from './logo';
import { Logout } from './logout';
import classes from './console-shell.module.css';

const pages = [
  { href: '/', label: 'Overview', icon: IconHome },
  { href: '/datasets', label: 'Datasets', icon: IconPhoto },
  { href: '/jobs/new', label: 'New fine-tune', icon: IconSchool },
  { href: '/jobs', label: 'Jobs', icon: IconPlayerPlay },
  { href: '/models', label: 'Models', icon: IconStack2 },
  { href: '/compare', label: 'Compare', icon: IconChartDots },
  { href: '/checkpoints', label: 'Checkpoints', icon: IconCloudDownload },
  { href: '/settings', label: 'Settings', icon: IconSettings },
];

function currentPage(pathname: string): string | undefined {
  const matching = pages.filter(
    ({ href }) => pathname === href || (href !== '/' && pathname.startsWith(`${href}/`)),
  );
  return matching.sort((a, b) => b.href.length - a.href.length)[0]?.href;
}

export function ConsoleShell({ children }: { children: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure();
  const current = currentPage(usePathname());
  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 56, sm: 0 } }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={0}
    >
      <a href="#main" className={classes.skip}>
        Skip to content
      </a>
      <AppShell.Header hiddenFrom="sm">
        <Group h="100%" px="md" justify="space-between">
          <UnstyledButton component={Link} href="/" aria-label="Coatrack, overview">
            <Logo />
          </UnstyledButton>
          <Burger opened={opened} onClick={toggle} size="sm" aria-label="Open navigation" />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md" className={classes.navbar} aria-label="Main">
        <AppShell.Section mb="lg" px={8}>
          <Group justify="space-between">
            <UnstyledButton
              component={Link}
              href="/"
              onClick={close}
              aria-label="Coatrack, overview"
            >
              <Logo />
            </UnstyledButton>
            <Burger
              opened={opened}
              onClick={toggle}
              size="sm"
              hiddenFrom="sm"
              aria-label="Close navigation"
            />
          </Group>
        </AppShell.Section>
        <AppShell.Section grow component={ScrollArea}>
          {pages.map(({ href, label, icon: Icon }) => (
            <NavLink
              key={href}
              component={Link}
              href={href}
              label={label}
              leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
              active={href === current}
              aria-current={href === current ? 'page' : undefined}
              onClick={close}
              className={classes.link}
            />
          ))}
        </AppShell.Section>
        <AppShell.Section>
          <NavLink
            component="a"
            href="/docs"
            target="_blank"
            label="API reference"
            leftSection={<IconApi size={18} stroke={1.7} aria-hidden />}
            className={classes.link}
          />
          <ColorSchemeToggle className={classes.link} />
          <Logout className={classes.link} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <div className={classes.page}>{children}</div>
      </AppShell.Main>
    </AppShell>
  );
}
