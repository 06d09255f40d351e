/** Names the variable with the password of Redis, which so is neither on the command line nor in a URL. */
const variable = "PLANO_AFFINITY_REDIS_PASSWORD";

/** The password that the environment names; undefined where it names none. */
export function redisPassword(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const password = environment[variable];
  return password === "" ? undefined : password;
}

/** Pure: the URL with the password, where it can be read and has no credentials of its own. */
export function withPassword(url: string | undefined, password: string | undefined): string | undefined {
  if (url === undefined || password === undefined || !URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username !== "" || parsed.password !== "" || parsed.host === "") return url;
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}
