import type { Metadata } from 'next';
import { CheckpointList } from '@/features/checkpoints/checkpoint-list';

export const metadata: Metadata = { title: 'Checkpoints' };

export default function CheckpointsPage() {
  return <CheckpointList />;
}
