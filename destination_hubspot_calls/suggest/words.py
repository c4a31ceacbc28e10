"""What the values of a call's way and end are called, in the languages of phone systems' exports."""

from __future__ import annotations

import re
from collections.abc import Mapping


def _listed(text: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in text.split(","))


def _plain(word: str) -> str:
    """Without case, and with blanks for what stands between words: `NO_ANSWER` and `no-answer` are one."""
    return " ".join(re.split(r"[\s_-]+", word.strip().casefold()))


_INBOUND = _listed(
    "in, i, inbound, incoming, received, terminating, inbound call, incoming call, eingehend, ankommend, kommend,"
    "eingang, eingehender anruf, entrant, appel entrant, reçu, entrante, llamada entrante, recibida, inkomend,"
    "in entrata, entrata, ricevuta, recebida, entrada, chamada recebida, inkommande, voice inbound, in bound"
)
_OUTBOUND = _listed(
    "out, o, outbound, outgoing, dialed, dialled, placed, made, originating, outbound call, outgoing call,"
    "outbound-api, outbound-dial, ausgehend, abgehend, gehend, ausgang, ausgehender anruf, sortant, appel sortant,"
    "émis, saliente, llamada saliente, realizada, uitgaand,"
    "in uscita, uscita, effettuata, saída, efetuada, utgående, voice outbound, out bound, dial out, click to call"
)
_VOICEMAIL = _listed(
    "voicemail, voice mail, left voicemail, vm, mailbox, anrufbeantworter, messagerie, messagerie vocale,"
    "buzón de voz, voicemailbericht"
)
_MISSED = _listed(
    "missed, missed call, verpasst, verpasster anruf, manqué, appel manqué, perdida, llamada perdida, gemist,"
    "gemiste oproep, persa, chiamata persa, chamada perdida, missed by user, abandoned in queue"
)
_NO_ANSWER = _listed(
    "no-answer, no answer, no_answer, noanswer, not answered, unanswered, no, n, false, f, abandoned, 0,"
    "nicht erreicht, keine antwort, nicht angenommen, nicht beantwortet, unbeantwortet, sans réponse,"
    "pas de réponse, non répondu, no contestada, sin respuesta, niet beantwoord, geen gehoor,"
    "no response, ring no answer, nobody answered, no connect, did not answer, non risposta, não atendida"
)
_TURNED_AWAY = _listed("rejected, declined, abgelehnt, refusé, rechazada, geweigerd")
_STATUS: Mapping[str, frozenset[str]] = {
    "NO_ANSWER": _MISSED | _VOICEMAIL | _NO_ANSWER,
    "BUSY": _listed("busy, besetzt, occupé, ocupado, bezet"),
    "CANCELED": _listed("canceled, cancelled, hangup, hang up, abgebrochen, annulé, cancelada, geannuleerd"),
    "FAILED": _TURNED_AWAY
    | _listed(
        "failed, failure, call failed, error, congestion, wrong number, fehlgeschlagen, échec, échoué, fallida, mislukt"
    ),
    "COMPLETED": _listed(
        "completed, complete, answered, connected, call connected, accepted, call accepted, call answered,"
        "call completed, success, done, ended, handled, yes, y, true, t, 1, beantwortet,"
        "angenommen, erreicht, verbunden, erfolgreich, répondu, décroché, abouti, contestada, atendida, completada,"
        "beantwoord"
    ),
    "IN_PROGRESS": _listed("in-progress, in progress, ongoing, laufend, en cours, en curso"),
}


def way(word: str) -> str:
    """A direction as HubSpot names it; empty where a word is none. Only an inbound call is missed."""
    folded = _plain(word)
    if folded in _INBOUND or is_missed(word) or is_voicemail(word):
        return "INBOUND"
    return "OUTBOUND" if folded in _OUTBOUND else ""


def status(word: str) -> str:
    """A status as HubSpot names it, of an outbound call; empty where a word is none."""
    folded = _plain(word)
    return next((status for status, words in _STATUS.items() if folded in words), "")


def is_missed(word: str) -> bool:
    """Whether a word says that nobody took an inbound call."""
    return _plain(word) in _MISSED


def is_voicemail(word: str) -> bool:
    """Whether a word says that a voicemail was left."""
    return _plain(word) in _VOICEMAIL


def is_untaken(word: str) -> bool:
    """Whether nobody of the other side took a call that ended so."""
    return status(word) in ("NO_ANSWER", "BUSY", "CANCELED") or _plain(word) in _TURNED_AWAY
