import type { PartStatus } from '../supervised-part.ts';

const HEADERS = ['NAME', 'STATE', 'PID/CONTAINER', 'UP', 'RESTARTS', 'MEMORY', 'URL'];

/** One line per part, in columns that fit their widest cell. */
export function statusTable(parts: PartStatus[], now = Date.now()): string {
  const rows = [HEADERS, ...parts.map((part) => cells(part, now))];
  const widths = HEADERS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

function cells(part: PartStatus, now: number): string[] {
  const runs = part.handle !== undefined;
  return [
    part.name,
    part.state,
    handleText(part),
    runs && part.startedAt !== undefined ? duration(now - Date.parse(part.startedAt)) : '-',
    String(part.restarts),
    runs ? mebibytes(part.memoryBytes) : '-',
    part.url ?? '-',
  ];
}

function handleText({ handle }: PartStatus): string {
  if (handle === undefined) return '-';
  return 'pid' in handle ? String(handle.pid) : handle.container.slice(0, 12);
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
