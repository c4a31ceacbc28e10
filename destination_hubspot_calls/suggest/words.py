"""What the values of a call's way and end are called, in the languages of phone systems' exports."""

from __future__ import annotations

from collections.abc import Mapping


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(","))


_INBOUND = _listed(
    "in, i, inbound, incoming, received, terminating, inbound call, incoming call, eingehend, ankommend, kommend,"
    "eingang, eingehender anruf, entrant, appel entrant, reçu, entrante, llamada entrante, recibida, inkomend"
)
_OUTBOUND = _listed(
    "out, o, outbound, outgoing, dialed, dialled, placed, made, originating, outbound call, outgoing call,"
    "outbound-api, outbound-dial, ausgehend, abgehend, gehend, ausgang, ausgehender anruf, sortant, appel sortant,"
    "émis, saliente, llamada saliente, realizada, uitgaand"
)
_VOICEMAIL = _listed(
    "voicemail, voice mail, left voicemail, vm, mailbox, anrufbeantworter, messagerie, messagerie vocale,"
    "buzón de voz, voicemailbericht"
)
_MISSED = _listed(
    "missed, missed call, verpasst, verpasster anruf, manqué, appel manqué, perdida, llamada perdida, gemist,"
    "gemiste oproep"
)
_NO_ANSWER = _listed(
    "no-answer, no answer, no_answer, noanswer, not answered, unanswered, no, n, false, f, abandoned, 0,"
    "nicht erreicht, keine antwort, nicht angenommen, nicht beantwortet, unbeantwortet, sans réponse,"
    "pas de réponse, non répondu, no contestada, sin respuesta, niet beantwoord, geen gehoor"
)
_TURNED_AWAY = _listed("rejected, declined, abgelehnt, refusé, rechazada, geweigerd")
_STATUS: Mapping[str, frozenset[str]] = {
    "NO_ANSWER": _MISSED | _VOICEMAIL | _NO_ANSWER,
    "BUSY": _listed("busy, besetzt, occupé, ocupado, bezet"),
    "CANCELED": _listed("canceled, cancelled, hangup, hang up, abgebrochen, annulé, cancelada, geannuleerd"),
    "FAILED": _TURNED_AWAY
    | _listed("failed, failure, error, congestion, wrong number, fehlgeschlagen, échec, échoué, fallida, mislukt"),
    "COMPLETED": _listed(
        "completed, complete, answered, connected, success, done, ended, handled, yes, y, true, t, 1, beantwortet,"
        "angenommen, erreicht, verbunden, erfolgreich, répondu, décroché, abouti, contestada, atendida, completada,"
        "beantwoord"
    ),
    "IN_PROGRESS": _listed("in-progress, in progress, ongoing, laufend, en cours, en curso"),
}


def way(word: str) -> str:
    """A direction as HubSpot names it; empty where a word is none. Only an inbound call is missed."""
    folded = word.casefold()
    if folded in _INBOUND or is_missed(word) or is_voicemail(word):
        return "INBOUND"
    return "OUTBOUND" if folded in _OUTBOUND else ""


def status(word: str) -> str:
    """A status as HubSpot names it, of an outbound call; empty where a word is none."""
    folded = word.casefold()
    return next((status for status, words in _STATUS.items() if folded in words), "")


def is_missed(word: str) -> bool:
    """Whether a word says that nobody took an inbound call."""
    return word.casefold() in _MISSED


def is_voicemail(word: str) -> bool:
    """Whether a word says that a voicemail was left."""
    return word.casefold() in _VOICEMAIL


def is_untaken(word: str) -> bool:
    """Whether nobody of the other side took a call that ended so."""
    return status(word) in ("NO_ANSWER", "BUSY", "CANCELED") or word.casefold() in _TURNED_AWAY
