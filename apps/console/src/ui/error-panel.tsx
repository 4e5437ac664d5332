import { Alert, Button, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { toApiError } from '@/api/api-error';

/** Shows an error with the API's message, every problem, and the request id to look up in the log. */
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
  // A message that only joins the problems would repeat them.
  const repeats = problems.length > 0 && problems.every((each) => message.includes(each.message));
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={title ?? (repeats ? 'The request was refused' : message)}
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
