/** The API key lives here alone: scripts in the page cannot read it. */
export const sessionCookie = 'coatrack_key';

const oneYear = 365 * 24 * 60 * 60;

/** `secure` follows the scheme: a console on plain HTTP in a home network must still log in. */
export function sessionCookieOptions(secure: boolean) {
  return { httpOnly: true, sameSite: 'strict', path: '/', maxAge: oneYear, secure } as const;
}
