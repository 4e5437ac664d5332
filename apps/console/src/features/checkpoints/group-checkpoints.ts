import type { Checkpoint } from '@/api/types';

const families = { efficientnetv2: 'EfficientNetV2', coatnet: 'CoAtNet' };
const publishers = {
  timm: 'timm, on the Hugging Face Hub',
  google: 'Google, as released with the paper',
  keras: 'Keras applications',
  torchvision: 'torchvision',
};

/** Groups checkpoints by family and publisher, in their given order. */
export function groupCheckpoints(
  checkpoints: Checkpoint[],
): { title: string; members: Checkpoint[] }[] {
  const groups = new Map<string, Checkpoint[]>();
  for (const checkpoint of checkpoints) {
    const title = `${families[checkpoint.family]} by ${publishers[checkpoint.publisher]}`;
    groups.set(title, [...(groups.get(title) ?? []), checkpoint]);
  }
  return [...groups].map(([title, members]) => ({ title, members }));
}
