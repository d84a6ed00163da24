/** The sum of the series with this name and these labels, as `/metrics` of a service shows it. Throws when there is none. */
export async function metric(url: string, name: string, labels: Record<string, string> = {}): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const found = lines.filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)));
  if (found.length === 0) throw new Error(`there is no series ${name}{${wanted.join()}}`);
  return found.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
