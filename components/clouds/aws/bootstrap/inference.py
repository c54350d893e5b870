"""Answers every request of an endpoint that no version has been released to; runs in SageMaker's own images."""

import json

ANSWER = json.dumps({"error": "no version released yet", "status": 503})


def model_fn(model_dir):
    """There is nothing to load."""
    return model_dir


def transform_fn(_model, _data, _content_type, _accept):
    """Refuse with 503, in the way of the server that the image has: the scikit-learn one's, or another."""
    try:
        from sagemaker_containers.beta.framework import worker  # noqa: PLC0415 # pyright: ignore
    except ImportError:
        from sagemaker_inference import errors  # noqa: PLC0415 # pyright: ignore

        raise errors.BaseInferenceToolkitError(503, ANSWER, "Service Unavailable") from None
    return worker.Response(response=ANSWER, status=503, mimetype="application/json")
