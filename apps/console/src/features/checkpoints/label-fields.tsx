import { Checkbox, Textarea } from '@mantine/core';

/** Labels of the classes, and whether they are for a classifier of their own. */
export function LabelFields(props: {
  labels: string;
  onLabels: (labels: string) => void;
  replaceHead: boolean;
  onReplaceHead: (replaceHead: boolean) => void;
}) {
  return (
    <>
      <Textarea
        label="Labels"
        description="One a line, in the order of the classes. Left empty: the weights' own, or ImageNet's."
        value={props.labels}
        onChange={(event) => props.onLabels(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={8}
      />
      <Checkbox
        label="Start a new classifier for these labels"
        checked={props.replaceHead}
        onChange={(event) => props.onReplaceHead(event.currentTarget.checked)}
      />
    </>
  );
}
