'use client';

import {
  Button,
  Collapse,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Title,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { AugmentedPreview } from './augmented-preview';
import type { NewJobFields } from './new-job-values';
import { advancedGroups, applies, basicFields, type RecipeField } from './recipe-fields';

interface RecipeFormProps {
  /** Defaults of empty fields; a missing one is chosen by the API to fit the model. */
  defaults: Partial<Record<string, unknown>>;
  /** The dataset whose images are shown as the recipe augments them. */
  datasetId?: string;
  form: NewJobFields;
}

/** Puts descriptions below the inputs, so that adjacent fields line up. */
const inputWrapperOrder: ('label' | 'input' | 'description' | 'error')[] = [
  'label',
  'input',
  'error',
  'description',
];

export function RecipeForm(props: RecipeFormProps) {
  const [opened, { toggle }] = useDisclosure();
  const advanced = advancedGroups.flatMap(({ fields }) => fields);
  const isWrong = ({ name }: RecipeField) => Boolean(props.form.errors[`recipe.${name}`]);
  const shown = opened || advanced.some(isWrong);
  const filled = Object.entries(props.form.values.recipe).filter(
    ([, value]) => value !== undefined,
  );
  const recipe = { ...props.defaults, ...Object.fromEntries(filled) };
  const isShown = (field: RecipeField) => applies(field, recipe) || isWrong(field);
  return (
    <Stack>
      <Fields {...props} fields={basicFields} />
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={shown}
          aria-controls="advanced-recipe"
          rightSection={shown ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
        >
          Advanced
        </Button>
      </div>
      <Collapse expanded={shown} id="advanced-recipe">
        <Stack>
          {advancedGroups.map(({ title, fields }) => (
            <Stack key={title} gap="xs" role="group" aria-label={title}>
              <Title order={3} fz="sm">
                {title}
              </Title>
              <Fields {...props} fields={fields.filter(isShown)} />
            </Stack>
          ))}
        </Stack>
      </Collapse>
      {props.datasetId && <AugmentedPreview datasetId={props.datasetId} recipe={recipe} />}
    </Stack>
  );
}

function Fields({ fields, ...props }: RecipeFormProps & { fields: RecipeField[] }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
      {fields.map((field) => (
        <Field key={field.name} field={field} {...props} />
      ))}
    </SimpleGrid>
  );
}

function Field(props: RecipeFormProps & { field: RecipeField }) {
  const { field, form, defaults } = props;
  const { name, label, description, kind, options } = field;
  const { value, onChange, error } = form.getInputProps(`recipe.${name}`);
  const current: unknown = value ?? defaults[name];
  const shared = { label, description, error, name, inputWrapperOrder };
  if (kind === 'choice') {
    return (
      <Select
        {...shared}
        data={options}
        value={String(current ?? '')}
        onChange={onChange}
        allowDeselect={false}
      />
    );
  }
  if (kind === 'switch') {
    return (
      <Switch
        label={label}
        description={description}
        error={error}
        name={name}
        mt={30}
        checked={current === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  return (
    <NumberInput
      {...shared}
      value={(current as number | undefined) ?? ''}
      onChange={(next) => onChange(next === '' ? undefined : next)}
      allowDecimal={kind === 'decimal'}
      hideControls={kind === 'decimal'}
      placeholder="Chosen to fit the model"
    />
  );
}
