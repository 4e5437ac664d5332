import { Select } from '@mantine/core';
import type { NewJobFields } from './new-job-values';
import { type Preset, presetTitles } from './presets';

const needsModel: ReadonlySet<Preset> = new Set(['linear-probe', 'fine-tune', 'progressive']);

/** Offers the presets that fit the start of the training. */
export function PresetPicker({ form }: { form: NewJobFields }) {
  const { startFrom } = form.values;
  const names = (Object.keys(presetTitles) as Preset[]).filter(
    (name) => name === 'auto' || needsModel.has(name) === (startFrom === 'model'),
  );
  return (
    <Select
      label="Preset"
      description="Fills the fields below that you leave empty."
      placeholder="None: the defaults below"
      clearable
      data={names.map((value) => ({ value, label: presetTitles[value] }))}
      {...form.getInputProps('preset')}
    />
  );
}
