import { scope } from '@sluice/kit/workspace';
import type { Container } from 'dockerode';
import { GenericContainer, getContainerRuntimeClient, ImageName, type WaitStrategy } from 'testcontainers';
import type { Report } from '../part.ts';

const STACK_LABEL = `dev.${scope}.part`;

export interface ContainerOptions {
  containerName: string;
  /** Name and tag. */
  image: string;
  environment: Record<string, string>;
  /** Default: the image's own. */
  command?: string[];
  /** Folders of this machine, by their path in the container. */
  mounts: Record<string, string>;
  /** Ports of this machine, by their number in the container. */
  ports: Record<number, number>;
}

/** Where the engine publishes ports: this machine's loopback address, or the name of a remote engine's host. */
export async function engineHost(): Promise<string> {
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  return isLocal(host) ? '127.0.0.1' : host;
}

/** Fetches an image unless the engine has it. */
export async function pullImage(name: string, report: Report): Promise<void> {
  const { image } = await getContainerRuntimeClient();
  const imageName = ImageName.fromString(name);
  if (await image.exists(imageName)) {
    return;
  }
  report(`Pulling the image ${name}`);
  await image.pull(imageName);
  if (!(await image.exists(imageName))) {
    throw new Error(`The image ${name} could not be pulled: try docker pull ${name}.`); // The engine's reason is there.
  }
}

/** Creates a container and starts it; whether it's ready is for the caller to find out. Leaves none when that fails. */
export async function createContainer(options: ContainerOptions): Promise<Container> {
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  const container = new PublishedContainer(options.image, isLocal(host) ? '127.0.0.1' : '')
    .withName(options.containerName)
    .withLabels({ [STACK_LABEL]: options.containerName })
    .withEnvironment(options.environment)
    .withExposedPorts(...Object.entries(options.ports).map(([port, on]) => ({ container: Number(port), host: on })))
    .withBindMounts(Object.entries(options.mounts).map(([target, source]) => ({ source, target })))
    .withSharedMemorySize(128 * 1024 * 1024)
    .withWaitStrategy(noWait)
    .withAutoRemove(false)
    .withAutoCleanup(false); // The guard does it, so that no Ryuk container is needed.
  if (options.command !== undefined) {
    container.withCommand(options.command);
  }
  try {
    const started = await container.start();
    return (await getContainerRuntimeClient()).container.getById(started.getId());
  } catch (error) {
    await removeContainer(options.containerName);
    throw error;
  }
}

/** Running or not; with its anonymous volumes. */
export async function removeContainer(name: string): Promise<void> {
  const { container } = await getContainerRuntimeClient();
  await container.getById(name).remove({ force: true, v: true }).catch(ignoreMissing);
}

// Publishes ports on one address only: Kafka has no password.
class PublishedContainer extends GenericContainer {
  readonly #address: string;

  constructor(image: string, address: string) {
    super(image);
    this.#address = address;
  }

  protected override async beforeContainerCreated(): Promise<void> {
    const bindings = Object.entries((this.hostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>);
    this.hostConfig.PortBindings = Object.fromEntries(
      bindings.map(([port, on]) => [port, on.map((binding) => ({ ...binding, HostIp: this.#address }))]),
    );
  }
}

const noWait: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => false,
  getStartupTimeout: () => 0,
};

function isLocal(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host);
}

function ignoreMissing(error: Error & { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) {
    throw error; // 409: another process is removing it.
  }
}
