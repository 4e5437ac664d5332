import type { Metadata } from 'next';
import { UploadForm } from '@/features/datasets/upload-form';

export const metadata: Metadata = { title: 'Upload pictures' };

export default function NewDatasetPage() {
  return <UploadForm />;
}
