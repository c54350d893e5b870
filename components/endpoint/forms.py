"""What each form of an endpoint does not have, and what an endpoint of several models does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from components.base import Cloud
from components.units import Size

if TYPE_CHECKING:
    from components.endpoint import EndpointSpec

__all__ = ["SERVERLESS_CONCURRENCY", "SERVERLESS_MEMORY", "Form", "lacks", "misfit", "records_nothing"]

Form = Literal["realtime", "serverless", "async"]
SERVERLESS_MEMORY = Size.parse("2GiB")
SERVERLESS_CONCURRENCY = 20

_IS_SERVERLESS = "{field} is of a serverless endpoint. Write form: serverless, or machine: and scale:."
_NOT_OF: Mapping[Form, Mapping[str, str]] = {  # form to field it does not have, and what to write instead
    "realtime": {
        "memory": _IS_SERVERLESS,
        "concurrency": _IS_SERVERLESS,
        "queue": "queue is of an asynchronous endpoint. Write form: async, or leave queue out.",
    },
    "serverless": {
        "machine": "a serverless endpoint has no machine, and so no GPU"
        " (https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html)."
        " Write memory: 4GiB, or form: realtime.",
        "scale": "a serverless endpoint scales by itself. Write concurrency: 20, or form: realtime.",
        "shadow": "a serverless endpoint has no shadow. Leave shadow out, or write form: realtime.",
        "queue": "queue is of an asynchronous endpoint. Write form: async, or leave queue out.",
    },
    "async": {
        "memory": _IS_SERVERLESS,
        "concurrency": _IS_SERVERLESS,
        "shadow": "requests that wait in a queue have no shadow. Leave shadow out, or write form: realtime.",
    },
}
_NOT_OF_MANY = {
    "capture": "what is recorded would be of all of them",
    "rollout": "a caller names its model, so none has a share of the traffic",
    "shadow": "a caller names its model, so none sees another's traffic",
}


def lacks(form: Form) -> frozenset[str]:
    """Fields that the form does not have."""
    return frozenset(_NOT_OF[form])


def misfit(spec: EndpointSpec) -> str | None:
    """What is written that the endpoint's form does not have, and what to write instead; None where all fits."""
    fields = type(spec).model_fields
    written = [name for name in fields if getattr(spec, name) != fields[name].default]
    unfit = next((name for name in _NOT_OF[spec.form] if name in written), None)
    if unfit:
        return _NOT_OF[spec.form][unfit].format(field=unfit)
    if not spec.models:
        return None
    alone = "Give that model an endpoint of its own."
    if spec.form != "realtime":
        return f"several models share machines that stand by, and a form: {spec.form} has none. {alone}"
    unfit = next((name for name in _NOT_OF_MANY if name in written), None)
    return f"several models have no {unfit}: {_NOT_OF_MANY[unfit]}. {alone}" if unfit else None


_CAPTURE = "docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html"
_NOT_SERVERLESS: Mapping[Cloud, str] = {  # the clouds that record no requests of a serverless endpoint
    Cloud.AWS: "SageMaker captures no data of a serverless endpoint"
    " (docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html)",
    Cloud.GCP: "a service of Cloud Run records no requests"
    " (cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging)",
}


def records_nothing(endpoint: Mapping[str, Any], cloud: Cloud | None) -> str | None:
    """
    Why requests of an endpoint can't be recorded on a cloud, and what to write instead; None where they can.

    Args:
        endpoint: As the blueprint has it, of any shape within.
        cloud: None leaves out what only some clouds lack.
    """
    if endpoint.get("models"):
        return f"it has several models, and {_NOT_OF_MANY['capture']}. Give the model an endpoint of its own."
    form, no_monitor = endpoint.get("form", "realtime"), "Leave its monitor out, or write form: realtime."
    if form == "async":
        return f"what waits in a queue is kept as files, and not recorded ({_CAPTURE}). {no_monitor}"
    if form == "serverless" and cloud and cloud in _NOT_SERVERLESS:
        return f"{_NOT_SERVERLESS[cloud]}. {no_monitor}"
    scale = endpoint.get("scale")
    if cloud == Cloud.AWS and form == "realtime" and isinstance(scale, Mapping) and scale.get("min") == 0:
        return (
            "an endpoint of SageMaker that scales to zero has inference components, and data capture is of a variant"
            f" with a model ({_CAPTURE}). Leave its monitor out, or write scale: {{min: 1}}."
        )
    return None
