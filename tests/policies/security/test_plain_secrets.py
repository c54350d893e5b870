"""GP-SEC-050 tells secrets from where they are kept, and never repeats one."""

import base64
import json

import pytest

from policies.resource import Resource
from policies.secret_text import secret_variable
from policies.security.plain_secrets import RULE
from policies.settings import Settings
from policies.values import SECRET, UNKNOWN

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("DB_PASSWORD", "hunter-2"),
        ("openaiApiKey", "hunter-2"),
        ("HF_TOKEN", "hunter-2"),
        ("STORAGE_CONNECTION_STRING", "Endpoint=x;AccountName=y"),
        ("GREETING", KEY),
        ("DATABASE_URL", "postgres://user:hunter2@db.internal/features"),
        ("WANDB_API_KEY", SECRET),
    ],
)
def test_what_is_a_secret(name, found):
    """
    A value is told by its variable's name or by its own form; one that Pulumi hides, by the name.
    """
    told = secret_variable(name, found)
    assert told
    assert "hunter" not in told
    assert KEY not in told


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"),
        ("DB_SECRET", "prod/features/db"),
        ("API_KEY", "projects/p/secrets/key/versions/1"),
        ("HF_TOKEN", "${{secrets.hub}}"),
        ("HF_TOKEN", "https://ml.vault.azure.net/secrets/hub"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/secrets/key.json"),
        ("HF_TOKEN", UNKNOWN),
        ("MODEL", SECRET),
        ("MAX_TOKENS", "4096"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("eos_token", "</s>"),
        ("PARTITION_KEY", "customer"),
        ("PWD", "home"),
        ("IMAGE", "sk-learn-model-serving-container-image-with-a-long-name"),
    ],
)
def test_what_is_none(name, found):
    """
    Where a secret is kept, what is not known yet, and a language model's tokens are no secrets.
    """
    assert secret_variable(name, found) is None


def test_scripts_are_read_through_base64():
    """
    A notebook's start-up script is found out in the form the cloud takes it.
    """
    script = base64.b64encode(f"export AWS_ACCESS_KEY_ID={KEY}".encode()).decode()
    kind = "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig"
    found = RULE.breaches(Resource("urn", kind, {"studioLifecycleConfigContent": script}), Settings())
    assert ["studioLifecycleConfigContent has a secret in it"] == [b.message for b in found]


def test_containers_of_pods_and_batch_jobs():
    """
    Init containers count too, and a reference to a Kubernetes secret is the way to do it.
    """
    held = {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}
    plain = {"name": "HF_TOKEN", "value": "hunter-2"}
    spec = {"initContainers": [{"name": "fetch", "env": [held, plain]}], "containers": [{"name": "a", "env": [held]}]}
    pod = Resource("urn", "kubernetes:core/v1:Pod", {"spec": spec})
    assert ["spec.initContainers.0.env.1.value"] == [b.path for b in RULE.breaches(pod, Settings())]
    job = {"containerProperties": json.dumps({"environment": [plain]})}
    assert RULE.breaches(Resource("urn", "aws:batch/jobDefinition:JobDefinition", job), Settings())
