'use client';

import { Button, Paper, Progress, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import type { ComponentProps, ReactNode } from 'react';
import type { useUploadForm } from '@/api/use-api-form';
import { ApiForm, FormEnd } from './api-form';
import { percent } from './format';
import { PageHeader } from './page-header';

type UploadState = Pick<
  ReturnType<typeof useUploadForm>,
  'submit' | 'busy' | 'error' | 'sent' | 'stop'
>;

/** A page with a form that uploads files: the fields, the progress, and buttons to start and stop. */
export function UploadPage(
  props: ComponentProps<typeof PageHeader> & {
    form: UploadState;
    disabled: boolean;
    errorTitle: string;
    /** What the API does once everything is uploaded, such as "Checking every image". */
    afterwards: string;
    children: ReactNode;
  },
) {
  const { form, disabled, errorTitle, afterwards, children, ...header } = props;
  return (
    <>
      <PageHeader {...header} />
      <Paper maw={720}>
        <ApiForm form={form}>
          <Stack>
            {children}
            {form.sent !== undefined && <UploadProgress sent={form.sent} afterwards={afterwards} />}
            <FormEnd
              form={form}
              label="Upload"
              icon={<IconUpload size={16} />}
              disabled={disabled}
              errorTitle={errorTitle}
            >
              {form.busy && (
                <Button variant="default" onClick={form.stop}>
                  Stop
                </Button>
              )}
            </FormEnd>
          </Stack>
        </ApiForm>
      </Paper>
    </>
  );
}

function UploadProgress({ sent, afterwards }: { sent: number; afterwards: string }) {
  const reading = sent >= 1;
  return (
    <div>
      <Progress.Root size="lg">
        <Progress.Section
          value={sent * 100}
          animated={reading}
          aria-label="Upload progress"
          aria-valuetext={percent(sent)}
        />
      </Progress.Root>
      <Text fz="sm" c="dimmed" mt={6} role="status">
        {reading ? `Uploaded. ${afterwards} …` : `Uploading, ${percent(sent)}`}
      </Text>
    </div>
  );
}
