import { Checkbox, Textarea } from '@mantine/core';
import type { GetInputProps } from '@mantine/form';

export const noLabels = { labels: '', replaceHead: false };

/** The labels of weights to import, and whether they are for a new classifier. */
export function LabelFields({ form }: { form: { getInputProps: GetInputProps<typeof noLabels> } }) {
  return (
    <>
      <Textarea
        label="Labels"
        description="One per line, in the order of the classes. If empty, the weights' own labels or ImageNet's are used."
        autosize
        minRows={2}
        maxRows={8}
        {...form.getInputProps('labels')}
      />
      <Checkbox
        label="Start a new classifier for these labels"
        {...form.getInputProps('replaceHead', { type: 'checkbox' })}
      />
    </>
  );
}
