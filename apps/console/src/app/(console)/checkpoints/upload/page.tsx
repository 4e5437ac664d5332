import type { Metadata } from 'next';
import { UploadWeights } from '@/features/checkpoints/upload-weights';

export const metadata: Metadata = { title: 'Upload weights' };

export default function UploadWeightsPage() {
  return <UploadWeights />;
}
