import type { Metadata } from 'next';
import { LoginForm } from '@/features/session/login-form';
import { safeNextPage } from '@/features/session/next-page';

export const metadata: Metadata = { title: 'Log in' };

export default async function LoginPage(props: PageProps<'/login'>) {
  const { next, expired } = await props.searchParams;
  return <LoginForm next={safeNextPage(next)} expired={expired !== undefined} />;
}
