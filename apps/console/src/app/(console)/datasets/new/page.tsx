import type { Metadata } from 'next';
import { UploadDataset } from '@/features/datasets/upload-dataset';

export const metadata: Metadata = { title: 'Upload images' };

export default function NewDatasetPage() {
  return <UploadDataset />;
}
