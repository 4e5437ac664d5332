import type { Metadata } from 'next';
import { ModelPage } from '@/features/models/model-page';

export const metadata: Metadata = { title: 'Model' };

export default async function Page({ params }: PageProps<'/models/[name]'>) {
  return <ModelPage name={(await params).name} />;
}
