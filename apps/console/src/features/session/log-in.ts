import { ApiError } from '@/api/api-error';
import { keepProof } from '@/api/session-proof';

/** Opens a session with a key or a login link's token. */
export async function logIn(key: string): Promise<void> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  if (!response.ok) throw ApiError.from(response.status, await response.text());
  keepProof(((await response.json()) as { proof: string }).proof);
}

/** Removes a login link's token from the address at once, to keep it out of the history and screenshots. */
function takeTokenFromFragment(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

async function hasSession(): Promise<boolean> {
  const response = await fetch('/session');
  return response.ok && ((await response.json()) as { loggedIn: boolean }).loggedIn;
}

/** Returns whether the address's token or the cookie's session logs the visitor in. */
export async function arrive(expired: boolean): Promise<boolean> {
  const token = takeTokenFromFragment();
  if (token) {
    try {
      await logIn(token);
      return true;
    } catch (reason) {
      // An expired link does no harm if the browser is already logged in.
      if (!(await hasSession())) throw reason;
    }
  }
  // The first visit through a link from another site arrives without the SameSite=Strict cookie.
  return !expired && (await hasSession());
}
