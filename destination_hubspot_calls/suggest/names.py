"""What people call the columns of calls: the names that the recipe for CSV files knows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from destination_hubspot_calls import recipes
from destination_hubspot_calls.recipes.reads import expressions, reads
from destination_hubspot_calls.suggest.sample import Column, folded


class Purpose(Enum):
    """What a column is for; the value is one of its names."""

    START = "started at"
    DATE = "call date"
    CLOCK = "time of day"
    LATER = "created at"
    SECONDS = "duration seconds"
    MINUTES = "duration minutes"
    MILLISECONDS = "duration ms"
    DIRECTION = "direction"
    STATUS = "status"
    OUTCOME = "outcome"
    FROM = "from number"
    TO = "to number"
    CUSTOMER_PHONE = "customer phone"
    CUSTOMER_EMAIL = "customer email"
    AGENT = "agent email"
    CUSTOMER_NAME = "customer name"
    CALLER_NAME = "caller name"
    CALLED_NAME = "callee name"
    TITLE = "title"
    NOTES = "notes"
    RECORDING = "recording url"
    KEY = "call id"


MORE: Mapping[Purpose, str] = {
    Purpose.START: (
        "beginn, startzeit, anrufbeginn, gesprächsbeginn, zeitpunkt, zeitstempel, datum/uhrzeit, datum "
        "uhrzeit, datum und uhrzeit, datum/zeit, date/time, date et heure, date de début, début, heure de "
        "début, date d'appel, date de l'appel, fecha y hora, fecha/hora, inicio, inicio de la llamada, fecha "
        "de inicio, ts, call ts, start ts, event time, event timestamp, epoch, unix time, unix timestamp, "
        "begintijd, starttijd, datum/tijd, datum en tijd"
    ),
    Purpose.DATE: ("datum, anrufdatum, tag, fecha, jour, data"),
    Purpose.CLOCK: ("uhrzeit, zeit, heure, hora, tijd, tijdstip, ora, tid"),
    Purpose.SECONDS: (
        "dur, dur s, dur sec, dur secs, dur seconds, call length sec, call length seconds, call length (sec), duration "
        "(in call), duration in call, duration (total), total duration, talking, talking time, handle time, "
        "längd, samtalslängd, durata, durata (s), durata (sec), duração, duração (s), dauer, gesprächsdauer, "
        "anrufdauer, dauer "
        "(sekunden), dauer (s), dauer (sek), dauer in sekunden, "
        "durée, durée de l'appel, durée d'appel, durée (s), durée (sec), durée (secondes), duración, duración "
        "de la llamada, duración (s), duración (segundos), duur, gespreksduur, duur (s), duur (seconden)"
    ),
    Purpose.MILLISECONDS: ("dur ms, length ms, call length ms, talk duration ms, elapsed ms"),
    Purpose.MINUTES: (
        "dur min, dur mins, dur minutes, call length min, call length minutes, mins, "
        "dauer (min), dauer (minuten), dauer in minuten, durée (min), durée (minutes), durée en minutes, "
        "duración (min), duración (minutos), duur (min), duur (minuten)"
    ),
    Purpose.DIRECTION: (
        "richtung, anrufrichtung, gesprächsrichtung, art, anrufart, anruftyp, typ, sens, sens de l'appel, "
        "type d'appel, dirección, sentido, tipo, tipo de llamada, richting, riktning, direzione, direção, "
        "sentido da chamada"
    ),
    Purpose.STATUS: (
        "action result, final status, call disposition status, ergebnis, anrufstatus, resultat, résultat, "
        "statut, état, resultado, estado, resultaat"
    ),
    Purpose.FROM: (
        "caller phone, caller phone number, calling party, calling party number, originating number, a number, "
        "anrufer, anrufernummer, von, quelle, rufnummer anrufer, appelant, numéro appelant, numéro de "
        "l'appelant, origen, número de origen, llamante, van, beller"
    ),
    Purpose.TO: (
        "callee phone, callee phone number, final called party number, original called party number, called "
        "party, called party number, terminating number, b number, dialed, "
        "an, nach, ziel, zielnummer, zielrufnummer, angerufener, angerufene nummer, gewählte nummer, appelé, "
        "numéro appelé, destinataire, destino, número de destino, naar, gebelde, gebeld nummer"
    ),
    Purpose.CUSTOMER_PHONE: (
        "raw digits, "
        "number, phone #, phone no, nummer, numero, numero di telefono, telefono, telefone, número de telefone, "
        "rufnummer, telefonnummer, telefon, externe nummer, gegenstelle, numéro, numéro de téléphone, "
        "téléphone, teléfono, número de teléfono, telefoonnummer, telefoon"
    ),
    Purpose.CUSTOMER_EMAIL: (
        "associated contact, kunden email, email kunde, kontakt email, email client, email du client, "
        "courriel, correo, correo "
        "del cliente, email klant"
    ),
    Purpose.AGENT: (
        "mitarbeiter, mitarbeiter email, bearbeiter, benutzer, conseiller, email conseiller, utilisateur, "
        "agente, usuario, correo del agente, medewerker, gebruiker"
    ),
    Purpose.CUSTOMER_NAME: (
        "kunde, kundenname, kontakt, kontaktname, nom, nom du client, nom du contact, cliente, nombre, nombre "
        "del cliente, klant, klantnaam"
    ),
    Purpose.CALLER_NAME: (
        "caller name, calling name, from name, name anrufer, anrufername, nom de l'appelant, nom appelant"
    ),
    Purpose.CALLED_NAME: ("callee name, called name, to name, recipient name, nom de l'appelé, nom appelé"),
    Purpose.TITLE: ("betreff, titel, thema, objet, titre, sujet, asunto, título, onderwerp"),
    Purpose.NOTES: (
        "note text, notes text, agent notes, wrap up notes, call comments, call description, notiz, notizen, "
        "gesprächsnotiz, bemerkung, bemerkungen, kommentar, beschreibung, zusammenfassung, "
        "commentaire, commentaires, remarque, remarques, résumé, observações, observaciones, notas, nota, "
        "comentario, comentarios, "
        "opmerking, opmerkingen, notitie, notities"
    ),
    Purpose.RECORDING: ("aufnahme, aufzeichnung, enregistrement, grabación, opname"),
    Purpose.KEY: (
        "anruf id, gesprächs id, kennung, vorgang, referenz, identifiant, id appel, référence, identificador, "
        "id llamada, referencia, referentie, reference, ref, call ref, uuid, guid, call uuid"
    ),
}
"""Names beside those of the recipe, from exports of phone systems in German, French, Spanish and Dutch."""
_ONLY_HERE = frozenset({Purpose.CALLER_NAME, Purpose.CALLED_NAME})
"""The recipe does not tell them from other names of customers."""
NEVER = 10_000
"""The rank of a column whose name is not known for a purpose."""


def rank(column: Column, purpose: Purpose) -> int:
    """How well a column's name fits a purpose: 0 is best, NEVER not at all. The last step of a path counts, or all."""
    names = _names(purpose)
    return min(names.get(name, NEVER) for name in column.names)


@cache
def _names(purpose: Purpose) -> dict[str, int]:
    known = [] if purpose in _ONLY_HERE else _of_recipe(purpose)
    more = [folded(name) for name in MORE.get(purpose, "").split(", ") if name]
    return {name: place for place, name in reversed([*enumerate([*known, *more])])}


def _of_recipe(purpose: Purpose) -> list[str]:
    marker = folded(purpose.value)
    for expression in expressions(recipes.read("csv")):
        for read in reads(expression):
            known = [folded(name) for name in read]
            if marker in known:
                return known
    raise KeyError(purpose.value)
