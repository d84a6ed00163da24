import { Body, Controller, Get, HttpCode, Inject, Optional, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DeadLetterAdmin, type Selection } from '@sluice/messaging';
import { AppError } from '@sluice/core';
import { z } from 'zod';
import { AdminGuard } from '../admin.guard.ts';
import { Lifecycle } from '../lifecycle.ts';
import { LoopbackGuard } from '../loopback.guard.ts';
import {
  deadLetterDetail,
  deadLetterGroups,
  deadLetterPage,
  deadLetterId,
  listQuery,
  replayBody,
  replayReport,
  skipBody,
  skipReport,
  type DetailView,
  type GroupsView,
  type PageView,
  type ListQuery,
  type ReplayBody,
  type ReportView,
  type SkipBody,
  type SkipView,
} from './dead-letters.schema.ts';
import { detailView, groupView, reportView, summaryView } from './dead-letters.view.ts';

/** The dead letters of the service's consumer group. For the administrator, on the same machine. */
@ApiTags('dead letters')
@ApiBearerAuth()
@UseGuards(LoopbackGuard, AdminGuard)
@Controller('admin/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly lifecycle: Lifecycle,
    @Optional() @Inject(DeadLetterAdmin) private readonly admin?: DeadLetterAdmin,
  ) {}

  @Get()
  @ApiResponse({ status: 200, standardSchema: z.union([deadLetterPage, deadLetterGroups]) })
  async list(@Query({ schema: listQuery }) query: ListQuery): Promise<PageView | GroupsView> {
    const { key, fingerprint, limit } = query;
    if (query['group-by']) return { groups: (await this.#letters().groups()).map(groupView) };
    const { items, total } = await this.#letters().list(selectionOf({ key, fingerprint }), limit);
    return { items: items.map(summaryView), total };
  }

  @Get(':id')
  @ApiResponse({ status: 200, standardSchema: deadLetterDetail })
  async show(@Param('id', { schema: deadLetterId }) id: string): Promise<DetailView> {
    const { letter, replay } = await this.#letters().get(id);
    return detailView(letter, replay);
  }

  /** Answers within about half a minute; what is left by then is counted. */
  @Post('replay')
  @HttpCode(200)
  @ApiResponse({ status: 200, standardSchema: replayReport })
  async replay(@Body({ schema: replayBody }) body: ReplayBody): Promise<ReportView> {
    const { until, dryRun, ratePerSecond, requestedBy, reason } = body;
    const report = await this.#letters().replay({
      ...{ selection: selectionOf(body), dryRun, ratePerSecond, requestedBy, reason },
      ...(until !== undefined && { until: Date.parse(until) }),
      signal: this.lifecycle.signal,
    });
    return reportView(report, body.ids ?? []);
  }

  /** For what no member of the group can read, such as a batch that can't be decoded. On the instance that owns the partition. */
  @Post('skip')
  @HttpCode(200)
  @ApiResponse({ status: 200, standardSchema: skipReport })
  async skip(@Body({ schema: skipBody }) { offset, to, ...body }: SkipBody): Promise<SkipView> {
    const { topic, partition } = body;
    const upTo = to === undefined ? {} : { to: BigInt(to) };
    const next = await this.#letters().skip({ ...body, offset: BigInt(offset), ...upTo });
    return { topic, partition, offset, to: String(next) };
  }

  #letters(): DeadLetterAdmin {
    if (this.admin) return this.admin;
    throw new AppError('not-found', 'no-messaging', 'This service consumes nothing, so it has no dead letters.');
  }
}

function selectionOf({ ids, key, fingerprint }: Pick<Partial<ReplayBody>, 'ids' | 'key' | 'fingerprint'>): Selection {
  if (ids) return { ids };
  if (key !== undefined) return fingerprint === undefined ? { key } : { key, fingerprint };
  return fingerprint === undefined ? { all: true } : { fingerprint };
}
