interface Startable {
  readonly name: string;
  readonly needs?: readonly string[];
}

/** `services` in the order of their start: each stage needs only those of earlier ones. What isn't in the list counts as there. */
export function startStages<S extends Startable>(services: readonly S[]): S[][] {
  const stages: S[][] = [];
  let left = services;
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name));
    const stage = left.filter(({ needs = [] }) => !needs.some((need) => names.has(need)));
    if (stage.length === 0) {
      throw new Error(`No order to start these in, because they need each other: ${[...names].join(', ')}.`);
    }
    stages.push(stage);
    left = left.filter((service) => !stage.includes(service));
  }
  return stages;
}
