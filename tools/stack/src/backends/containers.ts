import { scope } from '@sluice/kit/workspace';
import type { Container } from 'dockerode';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';
import { ignoring } from '../ignoring.ts';
import type { Report } from '../part.ts';
import { LOOPBACK } from '../services.ts';

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
  return ['localhost', '127.0.0.1', '::1'].includes(host) ? LOOPBACK : host;
}

/** Fetches an image unless the engine has it. */
export async function pullImage(name: string, report: Report): Promise<void> {
  const { image } = await getContainerRuntimeClient();
  const imageName = ImageName.fromString(name);
  if (await image.exists(imageName)) return;
  report(`Pulling the image ${name}`);
  await image.pull(imageName);
  if (!(await image.exists(imageName))) {
    throw new Error(`The image ${name} could not be pulled: try docker pull ${name}.`); // The engine's reason is there.
  }
}

/** Creates a container and starts it; whether it's ready is for the caller to find out. Leaves none when that fails. */
export async function createContainer(options: ContainerOptions): Promise<Container> {
  const { containerName, image, environment, command, mounts, ports } = options;
  const { container: engine } = await getContainerRuntimeClient();
  // On one address only: Kafka has no password.
  const host = (await engineHost()) === LOOPBACK ? LOOPBACK : '';
  const bindings = Object.entries(ports).map(
    ([port, on]) => [`${port}/tcp`, [{ HostIp: host, HostPort: String(on) }]] as const,
  );
  try {
    const container = await engine.create({
      name: containerName,
      Image: image,
      Cmd: command,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Labels: { [STACK_LABEL]: containerName },
      ExposedPorts: Object.fromEntries(bindings.map(([port]) => [port, {}])),
      HostConfig: {
        PortBindings: Object.fromEntries(bindings),
        Binds: Object.entries(mounts).map(([target, source]) => `${source}:${target}`),
        ShmSize: 128 * 1024 * 1024,
      },
    });
    await engine.start(container);
    return container;
  } catch (error) {
    await removeContainer(containerName);
    throw error;
  }
}

/** Running or not; with its anonymous volumes. */
export async function removeContainer(name: string): Promise<void> {
  const { container } = await getContainerRuntimeClient();
  const removed = container.getById(name).remove({ force: true, v: true });
  await removed.catch(ignoring(404, 409)); // 409: another process is removing it.
}
