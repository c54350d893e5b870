"""Answers every request of an endpoint that no version has been released to; runs in SageMaker's own images."""

import json

ANSWER = json.dumps({"error": "no version released yet", "status": 503})


def model_fn(model_dir):
    """There is nothing to load."""
    return model_dir


def transform_fn(model, data, content_type, accept):
    """Refuse with 503, in the way of the image's own server."""
    try:
        from sagemaker_containers.beta.framework.worker import Response
    except ImportError:
        from sagemaker_inference.errors import BaseInferenceToolkitError

        raise BaseInferenceToolkitError(503, ANSWER, "Service Unavailable") from None
    return Response(response=ANSWER, status=503, mimetype="application/json")
