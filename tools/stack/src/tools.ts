// For other tools that start programs: the same Kafka, the same build, and nothing left running after a kill.
export { runTool } from './backends/run-tool.ts';
export { nxBuild } from './bootstrap/nx-build.ts';
export { runStep } from './bootstrap/run-step.ts';
export { Ending } from './ending.ts';
export { plainEnvironment } from './environment.ts';
export { guard, guardProcess } from './guard/guard.ts';
export { startInfrastructure, type Infrastructure } from './infrastructure.ts';
export { mailPart } from './helper-parts.ts';
export { findJava } from './kafka/java.ts';
export { KAFKA_VERSION, kafkaJars } from './kafka/jars.ts';
export type { Part } from './part.ts';
export { freePort } from './ports.ts';
export { cpuMicrosOfTree, memoryOfTree, send } from './process-info.ts';
export { ProcessPart } from './process-part.ts';
export { LOOPBACK, serviceParts, urlOf } from './services.ts';
export { serviceNames, type ServiceName } from './stack-file.ts';
export { workspaceRoot } from './stack-folder.ts';
export { answersOk, until } from './wait.ts';
