import type { PrivateModules } from '../private-modules.ts';

interface Answer {
  responses: { topic: string; partitions: { partition: number; errorCode: number }[] }[];
}

interface ResponseModule {
  parse: (answer: Answer) => Promise<Answer>;
}

const unknownTopicOrPartition = 3;

/**
 * tulios/kafkajs#1622, for commits: those of a topic that was deleted are repeated for a minute, and all others wait behind
 * them. The broker has taken the others, and nothing is to be remembered of a topic that does not exist.
 */
export function patchCommitsOfDeletedTopics(modules: PrivateModules): void {
  // Later versions have the function of this one.
  const module = modules.load<ResponseModule>('src/protocol/requests/offsetCommit/v0/response');
  const { parse } = module;
  module.parse = (answer) =>
    parse({
      ...answer,
      responses: answer.responses.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter(({ errorCode }) => errorCode !== unknownTopicOrPartition),
      })),
    });
}
