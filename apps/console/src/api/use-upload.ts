import { useRef, useState } from 'react';
import { toApiError } from './api-error';
import { upload } from './upload';

/** An upload with what a page shows of it: how much is sent, in [0, 1], while it runs, and what went wrong. */
export function useUpload() {
  const [sent, setSent] = useState<number>();
  const [error, setError] = useState<unknown>();
  const running = useRef<AbortController>(null);

  /** @param onDone what follows an upload that succeeded, still a part of it */
  const start = async <T>(
    relative: string,
    form: FormData,
    onDone: (answer: T) => void | Promise<void>,
  ) => {
    const controller = new AbortController();
    running.current = controller;
    setError(undefined);
    setSent(0);
    try {
      const { signal } = controller;
      await onDone(await upload<T>(relative, form, { onProgress: setSent, signal }));
    } catch (reason) {
      setSent(undefined);
      if (!controller.signal.aborted) setError(toApiError(reason));
    }
  };
  const stop = () => running.current?.abort();
  const dismissError = () => setError(undefined);
  return { sent, error, start, stop, dismissError };
}
