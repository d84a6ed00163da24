import { Controller, Get, Headers, Logger, Param, Res } from '@nestjs/common';
import { ApiHeader, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FollowOrder } from '../app/follow-order.ts';
import type { HistoryEntry } from '../app/ports.ts';
import { callerLeft } from './caller-left.ts';
import { orderIdParam } from './orders.schema.ts';

const heartbeatMs = 10_000;
/** After which a client whose stream broke off connects again; milliseconds. */
const retryMs = 2_000;

@ApiTags('orders')
@Controller('orders')
export class OrderEventsController {
  readonly #logger = new Logger(OrderEventsController.name);

  constructor(private readonly followOrder: FollowOrder) {}

  /** Server-sent events named after the event types: the history first; ends with the one that makes the order terminal. */
  @Get(':id/events')
  @ApiHeader({ name: 'last-event-id', required: false })
  @ApiProduces('text/event-stream')
  @ApiResponse({
    status: 200,
    description: 'the stream',
  })
  @ApiResponse({ status: 204, description: 'nothing is left to be sent: last-event-id is that of the last event' })
  async events(
    @Param('id', { schema: orderIdParam }) id: string,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const afterVersion = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) : 0;
    const pages = this.followOrder.run(id, { afterVersion, heartbeatMs, left: callerLeft(reply) });
    // Before the stream begins: an unknown order is a 404, and a client that knows everything must not come again.
    const first = await pages.next();
    if (first.done) return void reply.status(204).send();
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
    });
    if (reply.request.method === 'HEAD') await pages.return(undefined);
    else await this.#stream(reply, id, first.value, pages);
    reply.raw.end();
  }

  async #stream(
    reply: FastifyReply,
    orderId: string,
    first: HistoryEntry[],
    rest: AsyncIterable<HistoryEntry[]>,
  ): Promise<void> {
    reply.raw.write(`retry: ${retryMs}\n\n${encode(first)}`);
    try {
      for await (const page of rest) reply.raw.write(encode(page));
    } catch (error) {
      // The client reconnects with the id of the last event that it got.
      this.#logger.warn({ err: error, orderId }, 'an event stream broke off');
      reply.raw.destroy();
    }
  }
}

function encode(page: HistoryEntry[]): string {
  if (page.length === 0) return ': still open\n\n';
  return page.map((entry) => `event: ${entry.type}\nid: ${entry.version}\ndata: ${JSON.stringify(entry)}\n\n`).join('');
}
