"""The account the sandbox starts with: a little of everything a connector meets."""

from __future__ import annotations

from integration_tests.sandbox.account import PORTAL, Account
from integration_tests.sandbox.object_types import COMPANY, CONTACT, DEAL, TICKET
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.wire import Body

SEEDED_AT = 1_704_067_200_000
"""2024-01-01: long before anything a test writes."""

CUSTOM_DISPOSITION = "5b3c2f1e-0a64-4d1c-9d8f-2f6c1a7e4b90"
DELETED_DISPOSITION = "0c9d7a52-6b1f-4e0b-8a43-71d5e2b6f3c8"
MACHINES = f"2-{PORTAL}"

_PROPERTIES: list[Body] = [
    {
        "name": "dialer_call_id",
        "label": "Dialer call id",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    },
    {"name": "follow_up_date", "label": "Follow-up date", "type": "date", "fieldType": "date"},
    {"name": "wait_seconds", "label": "Wait (s)", "type": "number", "fieldType": "number"},
    {"name": "recorded", "label": "Recorded", "type": "bool", "fieldType": "booleancheckbox"},
    {
        "name": "topics",
        "label": "Topics",
        "type": "enumeration",
        "fieldType": "checkbox",
        "options": [
            {"label": "Billing", "value": "billing"},
            {"label": "Technical support", "value": "tech"},
            {"label": "Sales", "value": "sales"},
            {"label": "Old topic", "value": "old", "hidden": True},
        ],
    },
    {
        "name": "queue",
        "label": "Queue",
        "type": "enumeration",
        "fieldType": "select",
        "options": [{"label": "First line", "value": "first_line"}, {"label": "Second line", "value": "second_line"}],
    },
    {"name": "dialer_note", "label": "Dialer note", "type": "string", "fieldType": "textarea"},
    {
        "name": "dialer_score",
        "label": "Score",
        "type": "number",
        "fieldType": "calculation_equation",
        "calculated": True,
    },
    {"name": "dialer_locked", "label": "Locked", "type": "string", "fieldType": "text", "readOnlyValue": True},
    {"name": "dialer_gone", "label": "Gone", "type": "string", "fieldType": "text", "archived": True},
    {
        "name": "reviewed_by",
        "label": "Reviewed by",
        "type": "enumeration",
        "fieldType": "select",
        "referencedObjectType": "OWNER",
        "externalOptions": True,
    },
]

_CONTACTS = [
    {"email": "contact.one@example.com", "firstname": "Contact", "lastname": "One", "phone": "+49 30 1234567"},
    {
        "email": "contact.two@example.com",
        "firstname": "Contact",
        "lastname": "Two",
        "mobilephone": "+1 (415) 555-0102",
        "hs_additional_emails": "second.address@example.com;third.address@example.com",
    },
    {"email": "contact.three@example.com", "firstname": "Contact", "lastname": "Three", "phone": "+36 30 1234567"},
    {"email": "contact.four@example.com", "firstname": "Contact", "lastname": "Four", "phone": "+44 20 7946 0999"},
    {"firstname": "Contact", "lastname": "Five", "phone": "+44 20 7946 0999"},
]


_COMPANIES = [
    {"name": "Company One", "domain": "one.example.com", "customer_number": "C-1"},
    {"name": "Company Two", "domain": "two.example.com"},
    {"name": "Company Two again", "domain": "two.example.com"},
]
_CUSTOMER_NUMBER = {
    "name": "customer_number",
    "label": "Customer number",
    "type": "string",
    "fieldType": "text",
    "groupName": "information",
    "hasUniqueValue": True,
}
_SERIAL = {
    "name": "serial",
    "label": "Serial",
    "type": "string",
    "fieldType": "text",
    "groupName": "machines_information",
    "hasUniqueValue": True,
}
_MODEL = {
    "name": "model",
    "label": "Model",
    "type": "string",
    "fieldType": "text",
    "groupName": "machines_information",
}
_MACHINES = {
    "name": "machines",
    "type_id": MACHINES,
    "singular": "Machine",
    "plural": "Machines",
    "properties": [_SERIAL, _MODEL],
}


def default_account(settings: Settings) -> Account:
    """Deterministic: the same ids at every start."""
    account = Account(settings)
    account.add_owners(
        {"email": f"agent{number}@example.com", "last_name": str(number), "archived": number == 4}
        for number in (1, 2, 3, 4)
    )
    account.add_disposition({"id": CUSTOM_DISPOSITION, "label": "Callback requested"})
    account.add_disposition({"id": DELETED_DISPOSITION, "label": "Gatekeeper", "deleted": True})
    for body in _PROPERTIES:
        account.add_property(account.kind("calls"), {"groupName": "callinformation", **body})
    for kind in (CONTACT, COMPANY, DEAL):
        account.add_property(kind, _CUSTOMER_NUMBER)
    machines = account.add_object(_MACHINES)
    account.add_label({"to": "contacts", "label": "Supervisor"})
    account.add_label({"to": "companies", "label": "Reseller"})
    account.seed(CONTACT, _CONTACTS, SEEDED_AT)
    account.seed(COMPANY, _COMPANIES, SEEDED_AT)
    account.seed(DEAL, [{"dealname": "Deal one", "amount": "1000"}, {"dealname": "Deal two"}], SEEDED_AT)
    account.seed(TICKET, [{"subject": "Ticket one"}], SEEDED_AT)
    account.seed(machines, [{"serial": "M-1", "model": "Alpha"}, {"serial": "M-2", "model": "Beta"}], SEEDED_AT)
    return account
