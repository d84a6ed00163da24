// Where packages come from must stay; the rest is about the script that npm runs just now, and would be obeyed by any
// npm below. The same list is in tools/runtime/node24.mjs, which can't import this.
const KEPT = /^npm_config_(registry|cache|userconfig|globalconfig|(https_?)?proxy|noproxy|ca|cafile|strict_ssl)$/i;

/** This process's environment without what npm adds for its scripts. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => KEPT.test(name) || !/^(npm_|INIT_CWD$)/i.test(name)));
}
