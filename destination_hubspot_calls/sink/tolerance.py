"""When rejected records should stop a sync: they show that it is the mapping that is wrong, and not the rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from destination_hubspot_calls.messages import Call, Checkpoint, Rejection, Skipped, Stream
from destination_hubspot_calls.results import BatchResult, counted
from destination_hubspot_calls.sink.rejection_counts import ReasonCount, RejectionCounts

FIRST_RECORDS = 20
"""Records of a stream that are not all rejected if its mapping is right."""
MIN_RECORDS = 100
"""Records of a stream from which on a share of rejected ones says something."""
MAX_REASONS = 10
"""Reasons that an error lists."""


class TooManyRejected(Exception):
    """So many records were rejected that a person must look; the text lists the reasons. `finding` says how many."""

    def __init__(self, finding: str, advice: str) -> None:
        super().__init__(f"{finding}. {advice}")
        self.finding = finding


@dataclass(slots=True)
class Share:
    """Records of a stream so far, and how many of them were rejected."""

    records: int = 0
    rejected: int = 0

    @property
    def is_suspect(self) -> bool:
        """Whether all so far were rejected."""
        return self.rejected == self.records


class Tolerance:
    """Judges settled batches in order, record by record, however batches cut them.

    `most`: rejected records of a sync that are tolerated (max_rejected_records). `percent`: the share of a stream's
    (max_rejected_percent). A stream is suspect while all its records so far, fewer than 20, were rejected: states that
    cover them wait until it shows whether its rows are wrong or its mapping. `counts` are what is rejected so far.
    """

    def __init__(self, counts: RejectionCounts, *, most: int, percent: float) -> None:
        self._counts = counts
        self._most = most
        self._percent = percent
        self._shares: defaultdict[Stream, Share] = defaultdict(Share)
        self._suspects: set[Stream] = set()
        self._waited_for: set[Stream] = set()

    @property
    def is_suspicious(self) -> bool:
        """Whether states are better held back: a stream's few records so far were all rejected."""
        return not self._waited_for.issuperset(self._suspects)

    def stop_waiting(self) -> None:
        """Nothing more comes, or not soon: states need not be held back for the streams that are suspect now."""
        self._waited_for.update(self._suspects)

    def judge(self, result: BatchResult) -> None:
        """Judge a batch whose rejections are counted already. Raises TooManyRejected."""
        position = 0
        name: Stream | None = None
        share = Share()
        for entry in result.batch.entries:
            if isinstance(entry, Checkpoint | Skipped):  # a record that is skipped says nothing of its mapping
                continue
            if entry.stream is not name:  # mostly it is: then nothing has to be looked up
                name = entry.stream
                share = self._shares[name]
            share.records += 1
            if isinstance(entry, Rejection) or position in result.rejections:
                share.rejected += 1
                self._judge_stream(name, share)
            elif share.rejected + 1 == share.records or share.records == MIN_RECORDS:
                self._judge_stream(name, share)
            position += isinstance(entry, Call)
        if self._counts.total > self._most:
            raise TooManyRejected(
                f"{counted(self._counts.total, 'record was', 'records were')} rejected, more than "
                f"max_rejected_records ({self._most}) allows",
                self._advice(),
            )

    def _judge_stream(self, stream: Stream, share: Share) -> None:
        if not share.is_suspect:
            self._suspects.discard(stream)
        elif share.records < FIRST_RECORDS:
            self._suspects.add(stream)
        else:
            raise TooManyRejected(
                f'The first {FIRST_RECORDS} records of stream "{stream}" were all rejected, so its mapping is wrong '
                "rather than its rows",
                self._advice(),
            )
        if share.records >= MIN_RECORDS and share.rejected * 100 > self._percent * share.records:
            raise TooManyRejected(
                f'{share.rejected:,} of the first {share.records:,} records of stream "{stream}" were rejected, more '
                f"than max_rejected_percent ({self._percent:g} %) allows, so its mapping is wrong rather than its rows",
                self._advice(),
            )

    def _advice(self) -> str:
        reasons = self._counts.all_reasons()
        shown = [_reason(*reason) for reason in reasons[:MAX_REASONS]]
        more = len(reasons) - len(shown)
        return (
            "Fix the mapping or the source and run the sync again; no state covers the records of the last batch. "
            f"Reasons: {'; '.join(shown)}{f'; and {more} more' if more > 0 else ''}"
        )


def _reason(stream: Stream, words: str, count: ReasonCount) -> str:
    more = ", …" if count.number > len(count.names) else ""
    names = f" (records {', '.join(count.names)}{more})" if count.names else ""
    return f"{count.number:,} x {stream}: {words}{names}"
