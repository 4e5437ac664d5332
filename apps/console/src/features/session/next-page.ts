/** Returns where to go after the login: a page of this console, never another site. */
export function safeNextPage(next: string | string[] | undefined): string {
  const fits =
    typeof next === 'string' && /^\/(?![/\\])[!-~]*$/.test(next) && !next.startsWith('/login');
  return fits ? next : '/';
}
