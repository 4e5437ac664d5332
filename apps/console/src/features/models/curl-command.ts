/** Returns a call as a shell command, which takes the key from the environment. */
export function curlCommand(call: {
  apiUrl: string;
  model: string;
  version: number;
  fileName?: string;
}): string {
  const file = (call.fileName ?? 'image.jpg').replaceAll("'", "'\\''");
  return [
    `curl -H "Authorization: Bearer $COATRACK_KEY" \\`,
    `  -F image=@'${file}' \\`,
    `  '${call.apiUrl}/api/v1/models/${call.model}/predict?version=${call.version}'`,
  ].join('\n');
}
