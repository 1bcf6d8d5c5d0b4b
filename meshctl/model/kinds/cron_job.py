"""CronJob (batch) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

CRON_JOB = Kind("batch", "CronJob")
