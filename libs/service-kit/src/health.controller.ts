import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readiness, type ReadinessReport } from './readiness.ts';

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Of the process only: a restart does not help while the database is unavailable. */
  @Get('livez')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 503 while a required check is down or the process is about to end; `degraded` in the body is still 200. */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    const ready = report.status === 'ready' || report.status === 'degraded';
    reply.status(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE).header('cache-control', 'no-store');
    return report;
  }
}
