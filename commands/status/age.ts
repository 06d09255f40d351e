/** A time in milliseconds as a person says it roughly: `45 s`, `3 min`, `5 h`, `2 d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A moment, and how long ago it was at `now`: `2026-03-01 12:00:05 UTC, 3 min ago`. */
export function when(at: Date, now: Date): string {
  const text = at.toISOString().slice(0, 19).replace("T", " ");
  return `${text} UTC, ${age(now.getTime() - at.getTime())} ago`;
}
