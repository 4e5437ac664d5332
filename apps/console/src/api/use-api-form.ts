import { useForm } from '@mantine/form';
import { useRef, useState } from 'react';
import { ApiError, toApiError } from './api-error';
import { fieldPaths, problemFields } from './problem-fields';
import type { UploadOptions } from './upload';

/**
 * A form that the API validates: problems in its answer mark the fields that they name, and `error` has the others.
 * @param send sends the values
 * @param afterwards "leave": `send` goes to another page, and the form stays busy until then; "reset": clears the form
 */
export function useApiForm<Values extends object>(
  initialValues: Values,
  send: (values: Values) => Promise<void>,
  afterwards: 'leave' | 'reset' = 'leave',
) {
  const form = useForm<Values>({ initialValues });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const submit = form.onSubmit(async (values) => {
    setBusy(true);
    setError(undefined);
    try {
      await send(values);
      if (afterwards === 'leave') return;
      form.reset();
      setBusy(false);
    } catch (reason) {
      setBusy(false);
      if (isStopped(reason)) return;
      const refusal = toApiError(reason);
      const { errors, rest } = problemFields(refusal.problems, fieldPaths(values));
      form.setErrors(errors);
      setError(Object.keys(errors).length === 0 ? refusal : withoutMarked(refusal, rest));
    }
  });
  return { form, submit, busy, error, dismissError: () => setError(undefined) };
}

/** Removes problems that the marked fields already show. */
function withoutMarked({ status, code, requestId }: ApiError, rest: ApiError['problems']) {
  const message = 'Some values are invalid; see the marked fields.';
  return new ApiError(status, code, message, rest, requestId);
}

const isStopped = (reason: unknown) =>
  reason instanceof DOMException && reason.name === 'AbortError';

/** A form that uploads files: `sent` is the share that has been sent, in [0, 1], while it runs. */
export function useUploadForm<Values extends object>(
  initialValues: Values,
  send: (values: Values, options: UploadOptions) => Promise<void>,
) {
  const [sent, setSent] = useState<number>();
  const running = useRef<AbortController>(null);
  const form = useApiForm<Values>(initialValues, async (values) => {
    const controller = new AbortController();
    running.current = controller;
    setSent(0);
    try {
      await send(values, { onProgress: setSent, signal: controller.signal });
    } catch (reason) {
      setSent(undefined);
      throw reason;
    }
  });
  return { ...form, sent, stop: () => running.current?.abort() };
}
