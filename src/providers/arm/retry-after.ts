type Headers = Readonly<Record<string, string>>;

/** How long an answer asks to wait, in milliseconds and at most `maximumMs`; undefined when it does not ask (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Headers, maximumMs: number): number | undefined {
  const asked = inMilliseconds(headers) ?? inSecondsOrDate(headers);
  return asked === undefined ? undefined : Math.min(Math.max(asked, 0), maximumMs);
}

function inMilliseconds(headers: Headers): number | undefined {
  return wholeNumber(headers['retry-after-ms'] ?? headers['x-ms-retry-after-ms']);
}

/** A date is held against the service's own clock, so that no other clock is needed. */
function inSecondsOrDate(headers: Headers): number | undefined {
  const text = headers['retry-after'];
  const seconds = wholeNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  const wait = Date.parse(text ?? '') - Date.parse(headers['date'] ?? '');
  return Number.isNaN(wait) ? undefined : wait;
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d{1,12}\s*$/.test(text) ? Number(text) : undefined;
