import { notifications } from '@mantine/notifications';
import { toApiError } from '@/api/api-error';

export const notifyDone = (message: string) => notifications.show({ message, color: 'pine' });

export const notifyError = (error: unknown) =>
  notifications.show({ message: toApiError(error).message, color: 'red', autoClose: 10_000 });
