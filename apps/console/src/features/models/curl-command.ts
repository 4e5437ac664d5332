/** The same call for a shell, with the key taken from the environment. */
export function curlCommand(call: {
  apiUrl: string;
  model: string;
  version: number;
  fileName?: string;
}): string {
  const file = (call.fileName ?? 'picture.jpg').replaceAll("'", "'\\''");
  return [
    `curl -H "Authorization: Bearer $COATRACK_KEY" \\`,
    `  -F image=@'${file}' \\`,
    `  '${call.apiUrl}/api/v1/models/${call.model}/predict?version=${call.version}'`,
  ].join('\n');
}
