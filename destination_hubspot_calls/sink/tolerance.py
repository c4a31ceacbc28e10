"""How many rejected records a sync bears before it is taken for wrong as a whole."""

from __future__ import annotations

from collections import Counter, defaultdict

from destination_hubspot_calls.messages import Checkpoint, Rejection, Skipped, Stream
from destination_hubspot_calls.results import BatchResult

FIRST_RECORDS = 100
"""Records of a stream that are not all rejected where the mapping is right."""
REASONS_SHOWN = 10
RECORDS_SHOWN = 5
"""Records named beside a reason: enough to look at one."""


class TooManyRejected(Exception):
    """So many records were rejected that a person must look; the text lists the reasons."""


class Tolerance:
    """Judges settled batches in order. `most`: rejected records of a sync that are borne; None: whatever comes.

    A stream is suspect while all its records so far, fewer than 100, were rejected: states that cover them wait
    until it shows whether its rows are wrong or its mapping.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._rejected = 0
        self._reasons: Counter[str] = Counter()
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self._suspects: Counter[Stream] = Counter()
        self._proven: set[Stream] = set()
        self._waited_for: set[Stream] = set()

    @property
    def is_suspicious(self) -> bool:
        """Whether states are better held back: a stream's few records so far were all rejected."""
        return not self._waited_for.issuperset(self._suspects)

    def stop_waiting(self) -> None:
        """Nothing more comes, or not soon: states need not be held back for the streams that are suspect now."""
        self._waited_for.update(self._suspects)

    def judge(self, result: BatchResult) -> None:
        """Count a batch's rejections. Raises TooManyRejected."""
        if self._most is None:
            return
        for entry, rejection in result.outcomes():
            if isinstance(entry, (Checkpoint, Skipped)):  # a record that is skipped says nothing of its mapping
                continue
            if rejection:
                self._note(rejection)
            if entry.stream not in self._proven:
                self._suspect(entry.stream, rejection)
        if self._rejected > self._most:
            raise TooManyRejected(
                f"{self._rejected} records were rejected, more than max_rejected_records ({self._most}) allows. "
                f"{self._advice()}"
            )

    def _note(self, rejection: Rejection) -> None:
        self._rejected += 1
        reason = f"{rejection.stream}: {rejection.reason}"
        self._reasons[reason] += 1
        if rejection.name and len(self._names[reason]) < RECORDS_SHOWN:
            self._names[reason].append(rejection.name)

    def _suspect(self, stream: Stream, rejection: Rejection | None) -> None:
        if rejection is None:
            self._proven.add(stream)
            del self._suspects[stream]
            return
        self._suspects[stream] += 1
        if self._suspects[stream] >= FIRST_RECORDS:
            raise TooManyRejected(
                f'The first {FIRST_RECORDS} records of stream "{stream}" were all rejected, so its mapping is wrong '
                f"rather than its rows. {self._advice()}"
            )

    def _advice(self) -> str:
        reasons = [self._told(reason, count) for reason, count in self._reasons.most_common(REASONS_SHOWN)]
        more = len(self._reasons) - len(reasons)
        return (
            "Mend the mapping or the source and run the sync again; no state covers the records of the last batch. "
            f"Reasons: {'; '.join(reasons)}{f'; and {more} more' if more > 0 else ''}"
        )

    def _told(self, reason: str, count: int) -> str:
        names = self._names[reason]
        more = ", …" if count > len(names) else ""
        told = f" (records {', '.join(names)}{more})" if names else ""
        return f"{count} x {reason}{told}"
