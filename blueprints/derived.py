"""What follows from a blueprint's sections: its image repositories, its secrets, what it uses outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.endpoint import EndpointSpec
from components.fields import SecretRef
from components.foundation import Reach
from components.monitoring import MonitorSpec
from components.pipeline import PipelineSpec
from components.training import TrainingSpec

__all__ = ["outside_images", "own_image", "own_images", "secret_names", "serving", "steps_reach", "training_reach"]


def own_image(image: str) -> str | None:
    """
    Repository of an image that names no registry, and so is one of the stack's own.

    Source: https://pkg.go.dev/github.com/distribution/reference: the first part is a host if it has a dot or a
    colon, or is `localhost`.
    """
    host, slash, _rest = image.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return None
    return image.partition("@")[0].partition(":")[0]


def own_images(specs: Iterable[tuple[str, Any]]) -> list[str]:
    """Repositories of the stack's own images: those named, and one for each that names neither image nor runtime."""
    found = set()
    for name, spec in specs:
        if spec.image:
            found.add(own_image(spec.image))
        elif not spec.runtime:
            found.add(name)
    return sorted(found - {None})


def outside_images(specs: Iterable[Any]) -> list[str]:
    """Images that name a registry, and so are not the stack's own."""
    return sorted({spec.image for spec in specs if spec.image and own_image(spec.image) is None})


def serving(endpoints: Iterable[EndpointSpec]) -> list[Any]:
    """What endpoints there are, as the foundation is told."""
    found: set[str] = set()
    for spec in endpoints:
        has = {"models": spec.models, "schedule": spec.scale.schedule, "zero": not spec.scale.min}
        found |= {spec.form, *(name for name, there in has.items() if there and spec.form == "realtime")}
    return sorted(found)


def training_reach(trainings: Iterable[TrainingSpec]) -> Reach:
    """What trainings use besides the stack's stores and repositories; a checkpoint's path is wherever it says."""
    held = list(trainings)
    uris = {path for spec in held for path in spec.inputs.values() if "://" in path}
    paths = {spec.checkpoint.path for spec in held if spec.checkpoint and spec.checkpoint.path}
    return Reach(images=outside_images(held), reads=sorted(uris), writes=sorted(paths))


def steps_reach(monitors: Iterable[MonitorSpec], pipelines: Iterable[PipelineSpec]) -> Reach:
    """What the steps of monitors and pipelines read besides the stack's stores."""
    paths = {path for spec in monitors for path in (spec.baseline, spec.quality and spec.quality.labels) if path}
    paths |= {path for spec in pipelines if spec.training for path in spec.training.inputs.values()}
    return Reach(reads=sorted(path for path in paths if "://" in path))


def secret_names(model: BaseModel) -> list[str]:
    """Names of the secrets that a model refers to in any of its fields, without `secret/`."""
    return sorted({ref.removeprefix("secret/") for ref in _references(model)})


def _is_secret(field: FieldInfo) -> bool:
    return SecretRef in get_args(field.annotation) or set(get_args(SecretRef)[1:]) & set(field.metadata) != set()


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            found = getattr(value, name)
            if isinstance(found, str):
                yield from [found] if _is_secret(field) else []
            else:
                yield from _references(found)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
