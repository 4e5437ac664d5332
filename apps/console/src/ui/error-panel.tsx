import { Alert, Button, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { toApiError } from '@/api/api-error';

/** What went wrong in the API's words, every problem listed, and its request id for the log. */
export function ErrorPanel({
  error,
  onRetry,
  title,
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
}) {
  const { message, problems, requestId } = toApiError(error);
  // A message that only strings the problems together would say everything twice.
  const repeats = problems.length > 0 && problems.every((each) => message.includes(each.message));
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={title ?? (repeats ? 'This was refused' : message)}
    >
      {title && !repeats && <Text fz="sm">{message}</Text>}
      {problems.length > 0 && (
        <List fz="sm" mt={4} spacing={2}>
          {problems.map(({ where, message: problem }, index) => (
            <List.Item key={index}>
              {where && <strong>{where}: </strong>}
              {problem}
            </List.Item>
          ))}
        </List>
      )}
      {requestId && (
        <Text fz="xs" c="dimmed" mt="xs">
          Request {requestId}
        </Text>
      )}
      {onRetry && (
        <Button size="xs" variant="default" mt="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
