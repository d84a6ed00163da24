/** Begins the names that are visible outside of a process: metrics, URNs, problem types. A copy of this project changes it here. */
export const scope = 'sluice';
