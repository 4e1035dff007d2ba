"""The declarations and observations as messages."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import duration_pb2, timestamp_pb2

from subject.v1 import subject_pb2

from . import definition
from .actions import Outcome
from .judge import Observation


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8")


def _duration(seconds: float) -> duration_pb2.Duration:
    result = duration_pb2.Duration()
    result.FromNanoseconds(int(seconds * 1e9))
    return result


def described() -> subject_pb2.Definition:
    """The definition. A configuration changes nothing of it."""
    return subject_pb2.Definition(
        name=definition.NAME,
        version=definition.VERSION,
        summary=definition.SUMMARY,
        guide=definition.GUIDE,
        config_schema=_json(definition.CONFIG_SCHEMA),
        state_schema=_json(definition.STATE_SCHEMA),
        invariants=[
            subject_pb2.Invariant(
                name=i.name, summary=i.summary, entity=i.entity, severity=i.severity, grace=_duration(i.grace_s)
            )
            for i in definition.INVARIANTS
        ],
        actions=[
            subject_pb2.ActionSpec(
                name=a.name,
                summary=a.summary,
                params=_json(a.params),
                risk=a.risk,
                requires_approval=a.requires_approval,
                idempotent=True,
                repairs=a.repairs,
            )
            for a in definition.ACTIONS
        ],
    )


def observed(o: Observation) -> subject_pb2.Observation:
    """An observation."""
    time = timestamp_pb2.Timestamp()
    time.FromNanoseconds(o.time_ns)
    return subject_pb2.Observation(
        time=time,
        duration=_duration(o.duration_s),
        summary=o.summary,
        sources=[
            # class is a word of Python's.
            subject_pb2.Source(**{"class": s.kind}, name=s.name, message=s.message, latency=_duration(s.latency_s))
            for s in o.sources
        ],
        violations=[
            subject_pb2.Violation(
                invariant=v.invariant,
                entity=v.entity,
                severity=v.severity,
                message=v.message,
                value=v.value,
                threshold=v.threshold,
                unit=v.unit,
            )
            for v in o.violations
        ],
        unchecked=[
            subject_pb2.Unchecked(invariant=u.invariant, entity=u.entity, source=u.source, reason=u.reason)
            for u in o.unchecked
        ],
        state=_json(o.state),
    )


def acted(o: Outcome) -> subject_pb2.ActResponse:
    """An outcome."""
    return subject_pb2.ActResponse(
        status=o.status,
        message=o.message,
        changes=[
            subject_pb2.Change(
                entity=c.entity,
                field=c.field,
                before=_json(c.before),
                after=_json(c.after),
            )
            for c in o.changes
        ],
    )
