'use client';

import { Button, Group, type ButtonProps } from '@mantine/core';
import { useEffect, useRef, type FormEvent, type ReactNode } from 'react';
import type { ApiError } from '@/api/api-error';
import { ErrorPanel } from './error-panel';

interface FormState {
  submit: (event: FormEvent<HTMLFormElement>) => void;
  busy: boolean;
  error?: ApiError;
}

/** A form that moves the focus to its first invalid field when the API refuses it. */
export function ApiForm(props: { form: FormState; noValidate?: boolean; children: ReactNode }) {
  const { submit, error } = props.form;
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  return (
    <form ref={element} onSubmit={submit} noValidate={props.noValidate}>
      {props.children}
    </form>
  );
}

/** The end of a form: its error and its button. */
export function FormEnd(props: {
  form: FormState;
  label: string;
  icon?: ReactNode;
  disabled?: boolean;
  /** Shown above the API's message. */
  errorTitle?: string;
  buttonProps?: ButtonProps;
  /** Further buttons. */
  children?: ReactNode;
}) {
  const { busy, error } = props.form;
  return (
    <>
      {error && <ErrorPanel error={error} title={props.errorTitle} />}
      <Group justify="flex-end">
        {props.children}
        <Button
          type="submit"
          loading={busy}
          disabled={props.disabled}
          leftSection={props.icon}
          {...props.buttonProps}
        >
          {props.label}
        </Button>
      </Group>
    </>
  );
}
