"""Which elements of an Ntry and a TxDtls are read, in all versions of the message at once."""

from __future__ import annotations

from typing import Final

from adapters.statements.camt_shapes import Vocabulary

_WRAPPERS: Final = frozenset({"Pty", "CdOrPrtry", "FinInstnId", "CmbndId", "OrgId", "PrvtId"})
"""Elements that some versions, or some choices, put around what others give directly."""

_AMOUNTS: Final = {
    "Amt": "amount",
    "CdtDbtInd": "sign",
    "AmtDtls/TxAmt/Amt": "transaction",
    "AmtDtls/InstdAmt/Amt": "instructed",
}

ENTRY: Final = Vocabulary(
    single=_AMOUNTS
    | {
        "NtryRef": "entry_reference",
        "RvslInd": "reversal",
        "Sts": "status",
        "Sts/Cd": "status",
        "Sts/Prtry": "status",
        "BookgDt/Dt": "booked",
        "BookgDt/DtTm": "booked",
        "ValDt/Dt": "valued",
        "ValDt/DtTm": "valued",
        "AcctSvcrRef": "bank_reference",
        "BkTxCd/Domn/Cd": "domain",
        "BkTxCd/Domn/Fmly/Cd": "family",
        "BkTxCd/Domn/Fmly/SubFmlyCd": "sub_family",
        "BkTxCd/Prtry/Cd": "proprietary",
        "AddtlNtryInf": "additional",
        "NtryDtls/Btch/MsgId": "batch_message",
        "NtryDtls/Btch/PmtInfId": "batch_payment_information",
        "NtryDtls/Btch/TtlAmt": "batch_total",
        "Btch/MsgId": "batch_message",
        "Btch/PmtInfId": "batch_payment_information",
    },
    once=frozenset({"amount", "sign", "reversal", "status", "booked", "valued", "bank_reference"}),
    repeated={"NtryDtls/Btch/NbOfTxs": "batch_counts", "Btch/NbOfTxs": "batch_counts"},
    references=frozenset({"entry_reference", "batch_message", "batch_payment_information"}),
    wrappers=_WRAPPERS,
    flags=frozenset({"Chrgs"}),
    inner="TxDtls",
)
"""What is read of an Ntry. The first version has Btch and TxDtls directly in it."""

_SIDES: Final = {
    f"{path}": f"{name}_{side}"
    for side, party in (("debtor", "Dbtr"), ("creditor", "Cdtr"))
    for path, name in (
        (f"RltdPties/{party}/Nm", "name"),
        (f"RltdPties/{party}/Agt/Nm", "name"),
        (f"RltdPties/{party}/TaxIdNb", "tax"),
        (f"RltdPties/{party}Acct/Id/IBAN", "account"),
        (f"RltdPties/{party}Acct/Id/BBAN", "account"),
        (f"RltdPties/{party}Acct/Id/UPIC", "account"),
        (f"RltdPties/{party}Acct/Id/Othr/Id", "account"),
        (f"RltdPties/{party}Acct/Id/PrtryAcct/Id", "account"),
        (f"RltdAgts/{party}Agt/BIC", "bank"),
        (f"RltdAgts/{party}Agt/BICFI", "bank"),
        (f"RltdAgts/{party}Agt/ClrSysMmbId/MmbId", "bank"),
        (f"RltdAgts/{party}Agt/Othr/Id", "bank"),
    )
}

_REFERENCES: Final = {
    "MsgId": "message",
    "PmtInfId": "payment_information",
    "InstrId": "instr",
    "TxId": "tx_id",
    "MndtId": "mandate",
    "ChqNb": "cheque",
    "ClrSysRef": "clearing",
    "AcctSvcrRef": "account_servicer",
    "AcctOwnrTxId": "account_owner_tx",
    "AcctSvcrTxId": "account_servicer_tx",
    "MktInfrstrctrTxId": "market_infrastructure_tx",
    "PrcgId": "processing",
}

DETAIL: Final = Vocabulary(
    single=_AMOUNTS
    | _SIDES
    | {f"Refs/{element}": name for element, name in _REFERENCES.items()}
    | {
        "Refs/EndToEndId": "end_to_end",
        "Refs/UETR": "uetr",
        "RtrInf/Rsn/Cd": "return_reason",
        "RtrInf/Rsn/Prtry": "return_reason",
        "RtrInf/RtrRsn/Cd": "return_reason",
        "RtrInf/RtrRsn/Prtry": "return_reason",
        "AddtlTxInf": "additional",
    },
    once=frozenset({"amount", "sign", "end_to_end", "uetr"}),
    repeated={
        "Refs/Prtry/Ref": "proprietary_references",
        "RmtInf/Ustrd": "unstructured",
        "RmtInf/Strd/CdtrRefInf/Ref": "structured",
        "RmtInf/Strd/CdtrRefInf/CdtrRef": "structured",
        "RmtInf/Strd/RfrdDocInf/Nb": "structured",
        "RmtInf/Strd/RfrdDocInf/RfrdDocNb": "structured",
        "RmtInf/Strd/AddtlRmtInf": "structured_notes",
        "RltdPties/Dbtr/Id/Othr/Id": "ids_debtor",
        "RltdPties/Cdtr/Id/Othr/Id": "ids_creditor",
    },
    references=frozenset(_REFERENCES.values()),
    wrappers=_WRAPPERS,
    flags=frozenset({"Chrgs"}),
)
"""What is read of a TxDtls."""
