"""Batch prediction: archives of reports to a folder of results, in bounded memory, resumable, on all cores or on a cluster."""

from rasid.batching.config import ALWAYS, FORMATS, BatchConfig
from rasid.batching.run import BatchSummary, Plan, batch, plan
from rasid.batching.status import BatchStatus, read_status

__all__ = ["ALWAYS", "FORMATS", "BatchConfig", "BatchStatus", "BatchSummary", "Plan", "batch", "plan", "read_status"]
