/** Each is a process with a database of its own. */
export const programs = ['order', 'inventory', 'notification'] as const;
