"""Blueprints that nobody here has seen: hypothesis draws them from all over the language, its limits included."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from hypothesis import strategies as st
from ruamel.yaml import YAML

from components.naming import PRODUCTION
from tests.truth.drawn_work import batches, kinds_of_notebook, object_ids, tunings
from tests.truth.rollouts import rollouts

__all__ = ["JURISDICTIONS", "LONG", "awkward", "blueprints", "endpoints", "names", "trainings", "written"]

Draw = st.DrawFn
JURISDICTIONS = ["eu", "us", "uk", "japan", "india", "brazil", "canada", "australia", "switzerland", "singapore"]
LONG = "a-name-of-two-and-thirty-letter"  # with a digit after it as long as a name may be
# what the components put behind their own name, so that one component's part may be another's name
PARTS = [
    *("audit", "bootstrap", "capture", "checkpoints", "code", "data", "dedicated", "environment", "files", "image"),
    *("images", "inputs", "list", "log", "release", "release-audit", "replicas", "request", "response", "run", "runs"),
    *("runs-audit", "servable", "shared", "spot", "target", "train", "trial", "tune", "zone", "zone-pipeline", "1"),
]
WORDS = ["a", "b", "fraud", "scorer", "prod", "foundation", "registry", "budget", "artifacts", "model", "x1"]
AWKWARD = [
    *(
        "",
        " ",
        "null",
        "true",
        "0",
        "1e-05",
        "é日本",
        "😀",
        "it's",
        'say "hi"',
        "back\\slash",
        "a,b",
        "a=b",
        "-x",
        "--",
    ),
    *("${x}", "a ${b} c", "${", "@{x}", "@x", "@@", "{% $x %}", "{%", "%}", "$.x", "$$", "$states.input", "%s", "#"),
    *("{{x}}", "`x`", "$(x)", "; x", "a&b", "<a>", "</script>", "*", "[a]", '{"a": 1}', "a\tb", "~", "a: b", "x" * 256),
]


def written(blueprint: Mapping[str, Any]) -> str:
    """The blueprint as a file has it."""
    stream, yaml = StringIO(), YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.dump(dict(blueprint), stream)
    return stream.getvalue()


awkward = st.sampled_from(AWKWARD) | st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cc", "Cs")), max_size=40
)


def names(longest: int = 32) -> st.SearchStrategy[str]:
    """Names of the language: common ones, ones that components make of others, and the longest there are."""
    common = st.sampled_from(WORDS)
    joined = st.builds("{}-{}".format, common, st.sampled_from([*WORDS, *PARTS]))
    long = st.builds("{}{}".format, st.just(LONG[: longest - 1].rstrip("-")), st.integers(0, 9))
    return st.one_of(common, joined, long, st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,5}){0,2}", fullmatch=True))


def _apart(strategy: st.SearchStrategy[str], most: int, least: int = 0) -> st.SearchStrategy[list[str]]:
    """Names that stay apart where a cloud allows no hyphen."""
    return st.lists(strategy, min_size=least, max_size=most, unique_by=lambda name: name.replace("-", ""))


def _durations(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


emails = st.sampled_from(
    ["ml@example.com", "ML@example.com", "o'neil+a@example.com", "a_b@sub.example.co.uk", "ü@example.com"]
)
images = st.sampled_from(["own:1", "fraud-train:1.4", f"own@sha256:{'0' * 64}", f"{LONG}:v1", "own:" + "a" * 128])
runtimes = st.sampled_from(["xgboost", "sklearn", "pytorch", "tensorflow"])
serving_runtimes = runtimes | st.sampled_from(["onnx", "triton", "vllm"])
paths = st.sampled_from(["data/train/", "data", "a/b=1/c.parquet", "tmp/x/", "a" * 300 + "/b", "_x/y.z"])
labels = st.dictionaries(
    st.sampled_from(["cost-centre", "product", "team_a", "name", "c" * 63, *(f"l{n}" for n in range(15))]),
    st.sampled_from(["cc-1042", "0", "v" * 63, "a_b"]),
    max_size=20,
)


@st.composite
def machines(draw: Draw, *, spot: bool = False) -> dict[str, Any]:
    """What a machine must have: by CPU, by memory, by accelerator or by its memory."""
    asked: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"cpu": 1},
                {"cpu": 2, "memory": "8GiB"},
                {"cpu": 4.5},
                {"cpu": 16, "memory": "64GiB"},
                {"memory": "100.5GiB"},
                {"memory": "512MiB"},
                {"gpu_memory": "16GiB"},
                {"gpu_memory": "24GiB", "count": 1},
                {"gpu_memory": "40GiB", "count": 8},
                {"accelerator": "T4"},
                {"accelerator": "A100-80GB", "count": 2 if spot else 1},
                {"accelerator": "H100", "count": 8},
                {"accelerator": "L4", "cpu": 8},
            ]
        )
    )
    dear = draw(st.sampled_from([None] * 12 + [500, 1.5, 0.01]))
    return {**asked, **({"max_usd_per_hour": dear} if dear else {})}


scalars = st.one_of(
    awkward,
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False),
    st.sampled_from([0.0001, 1e-07, 1e22, 0.1, 100.0, "x" * 2500]),
)
keys = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
parameters = keys | st.sampled_from(
    ["max_depth", "learning-rate", "learning_rate", "model.layers.0", "a" * 100, "A", "a"]
)


@st.composite
def spots(draw: Draw, max_run: int) -> Any:
    """Every way to say spot, with a wait that is not shorter than the run."""
    kind = draw(st.sampled_from(["default", True, False, "given", "given"]))
    if kind != "given":
        return None if kind == "default" else kind
    waits = [w for w in (60, 3600, 21_600, 259_200, 2_419_200, 5_000_000) if w >= max_run]
    given = draw(
        st.fixed_dictionaries(
            {}, optional={"fallback": st.sampled_from(["on-demand", "none"]), "max_wait": st.sampled_from(waits)}
        )
    )
    return {key: f"{value}s" if key == "max_wait" else value for key, value in given.items()}


@st.composite
def trainings(draw: Draw) -> dict[str, Any]:
    """One training with any of its fields."""
    max_run = draw(st.sampled_from([60, 61, 900, 86_400, 1_209_600, 2_419_200]))
    spot = draw(spots(max_run))
    given: dict[str, Any] = {"machine": draw(machines(spot=spot is not False)), "max_run": f"{max_run}s"}
    given |= {} if spot is None else {"spot": spot}
    what = draw(st.sampled_from(["image", "runtime", "neither"]))
    if what != "neither":
        given[what] = draw(images if what == "image" else runtimes)
    checkpoint = st.fixed_dictionaries(
        {}, optional={"every": _durations("1s", "10m", "1d"), "path": st.sampled_from(["ck/mine/", "checkpoints/x"])}
    )
    if spot is False or draw(st.booleans()):
        given["restartable"] = True
    if draw(st.booleans()) or (spot is not False and "restartable" not in given):
        given["checkpoint"] = draw(checkpoint)
    optional = {
        "command": st.lists(awkward, max_size=6) | st.just(["python", "train.py"] * 50),
        "hyperparameters": st.dictionaries(parameters, scalars, max_size=6)
        | st.just({f"h{n}": "v" * 130 for n in range(100)}),
        "environment": st.dictionaries(keys, awkward, max_size=5) | st.just({f"V{n}": "v" * 256 for n in range(48)}),
        "nodes": st.sampled_from([1, 2, 64]),
        "disk": st.sampled_from(["1GiB", "512MiB", "99.5GiB", "2TiB", "30TiB"]),
        "inputs": st.dictionaries(names(), paths, max_size=3)
        | st.just({f"channel-{n}": f"data/{n}/" for n in range(20)}),
        "encrypt_between_nodes": st.booleans(),
    }
    given |= draw(st.fixed_dictionaries({}, optional=optional))
    if given.get("command") or given.get("runtime") == "pytorch":
        given |= draw(st.sampled_from([{}, {"distributed": "torchrun"}]))
    if given.get("nodes", 1) > 1:
        given |= draw(st.sampled_from([{}, {}, {"interconnect": "rdma"}]))
    if (given.get("command") or given.get("runtime")) and draw(st.booleans()):
        given["tuning"] = draw(tunings())
    return given


@st.composite
def endpoints(draw: Draw, models: list[str]) -> dict[str, Any]:
    """One endpoint with any of its fields, of one of the models."""
    given: dict[str, Any] = {"model": draw(st.sampled_from(models))}
    what = draw(st.sampled_from(["image", "runtime", "neither"]))
    if what != "neither":
        given[what] = draw(images if what == "image" else serving_runtimes)
    if draw(st.booleans()):
        given["machine"] = draw(machines())
    gpu = {"accelerator", "gpu_memory"} & set(given.get("machine", {}))
    targets = [{"requests_per_replica": r} for r in ("1/h", "90/min", "10/s", "1.5/min")]
    targets += [{"cpu_utilisation": u} for u in ("1%", "60%", "72.5%", "100%")]
    targets += [{"gpu_utilisation": u} for u in ("1%", "99.9%")] if gpu else []
    least = draw(st.sampled_from([0, 1, 2, 100]))
    scale = {"min": least, "max": draw(st.sampled_from([m for m in (1, 2, 100, 500) if m >= least]))}
    optional = {
        "port": st.sampled_from([1024, 8080, 65535]),
        "scale": st.just(scale) | st.sampled_from(targets).map(lambda target: {**scale, "target": target}),
        "capture": st.fixed_dictionaries(
            {}, optional={"sample": st.sampled_from(["1%", "12.5%"]), "retain": _durations("1s", "30d", "7y")}
        ),
    }
    return given | draw(st.fixed_dictionaries({}, optional=optional)) | draw(rollouts())


KINDS = ["string", "int", "float", "bool", "timestamp"]
COLUMNS = ["amount_7d", "Amount", "n", "z" * 63, *(f"c{n}" for n in range(20))]


@st.composite
def feature_stores(draw: Draw) -> dict[str, Any]:
    """A feature store with any of its fields, as far as every cloud has them; or one that some cloud refuses."""
    entities = draw(
        st.dictionaries(
            names(),
            st.fixed_dictionaries({"key": st.sampled_from(["id", "Card_Id"])}, optional={"type": st.just("int")}),
            min_size=1,
            max_size=3,
        )
    )
    views: dict[str, Any] = {}
    for name in draw(_apart(names(), 3)):
        chosen = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=8, unique_by=str.lower))
        view: dict[str, Any] = {
            "entity": draw(st.sampled_from(sorted(entities))),
            "event_time": draw(st.sampled_from(["ts", "Event_Time"])),
            "schema": {column: draw(st.sampled_from(KINDS)) for column in chosen},
            "source": draw(paths),
        }
        if draw(st.booleans()):
            view["online"] = draw(st.sampled_from([{}, {}, {}, {"ttl": "30d"}]))
        if draw(st.booleans()):
            every, fresh = draw(st.sampled_from([("10m", "30m"), ("1h", "1h"), ("12h", "2d"), ("25m", "26m")]))
            view |= {"materialize": {"every": every}, **({"freshness": fresh} if draw(st.booleans()) else {})}
        views[name] = view
    return {"entities": entities, **({"views": views} if views else {})}


EXISTING: Mapping[str, Mapping[str, Any]] = {
    "aws": {
        "network": {
            "existing": {
                "vpc": "vpc-0123456789abcdef0",
                "subnets": ["subnet-0123456789abcdef0"],
                "security_groups": ["sg-0123456789abcdef0"],
            }
        },
        "key": {"existing": "arn:aws:kms:us-east-1:111122223333:key/0b0b0b0b-0000-4000-8000-000000000000"},
        "storage": {"existing": {"artifacts": "team-artifacts", "data": "team-data"}},
    },
    "gcp": {
        "network": {
            "existing": {
                "network": "projects/host/global/networks/shared",
                "subnetwork": "projects/host/regions/us-central1/subnetworks/ml",
            }
        },
        "key": {"existing": "projects/other/locations/us-central1/keyRings/r/cryptoKeys/k"},
        "storage": {"existing": {"artifacts": "my-artifacts", "data": "my-data"}},
    },
    "azure": {
        "network": {
            "existing": {
                "subnet": "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/net/providers"
                "/Microsoft.Network/virtualNetworks/ml/subnets/ml"
            }
        },
        "key": {
            "existing": "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/keys/providers"
            "/Microsoft.KeyVault/vaults/ours/keys/ml/versions/0123456789abcdef0123456789abcdef"
        },
        "storage": {
            "existing": {
                "data": "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/data/providers"
                "/Microsoft.Storage/storageAccounts/ours/blobServices/default/containers/training"
            }
        },
    },
}
TYPES = {
    "aws": ("ml.m5.2xlarge", "ml.g5.xlarge"),
    "gcp": ("n1-standard-8", "g2-standard-8"),
    "azure": ("Standard_DS3_v2", "Standard_NC4as_T4_v3"),
}


@st.composite
def _overrides(draw: Draw, blueprint: Mapping[str, Any]) -> dict[str, Any]:
    """What is otherwise on a cloud: things of yours, and machines by the cloud's own name."""
    found: dict[str, Any] = {}
    for cloud in draw(st.lists(st.sampled_from(list(EXISTING)), unique=True)):
        parts = draw(st.lists(st.sampled_from(list(EXISTING[cloud])), unique=True))
        own: dict[str, Any] = {part: EXISTING[cloud][part] for part in parts}
        for section in ("training", "endpoints"):
            for name in blueprint.get(section, {}):
                if draw(st.integers(0, 3)) == 0:
                    kind = {"type": draw(st.sampled_from(TYPES[cloud]))}
                    own.setdefault(section, {})[name] = {"machine": kind}
        found[cloud] = own
    return found


@st.composite
def _environments(draw: Draw, blueprint: Mapping[str, Any], known: list[str]) -> dict[str, Any]:
    """Environments that remove, add and change something."""
    found: dict[str, Any] = {}
    for name in known:
        layer: dict[str, Any] = {}
        for training in blueprint.get("training", {}):
            if draw(st.integers(0, 2)) == 0:
                layer.setdefault("training", {})[training] = {"disk": "50GiB", "max_run": "1m"}
        for endpoint in blueprint.get("endpoints", {}):
            served = any(endpoint in on.get("endpoints", {}) for on in blueprint.get("overrides", {}).values())
            removed = [] if served else [None]  # or the override would make it anew
            change = draw(st.sampled_from([{}, {"scale": {"min": 1, "max": 1}}, {"port": 9000}, *removed]))
            layer.setdefault("endpoints", {})[endpoint] = change
        if "budget" in blueprint and draw(st.booleans()):
            stops = name.lower() not in PRODUCTION and draw(st.booleans())
            layer["budget"] = {"monthly_usd": 450, **({"hard_stop": True} if stops else {})}
        found[name] = layer
    return found


@st.composite
def _sections(draw: Draw) -> dict[str, Any]:
    """The sections that are one a blueprint."""
    return draw(
        st.fixed_dictionaries(
            {},
            optional={
                "description": awkward,
                "labels": labels,
                "data": st.fixed_dictionaries(
                    {},
                    optional={
                        "classification": st.sampled_from(["public", "internal", "confidential", "restricted"]),
                        "residency": st.lists(st.sampled_from(JURISDICTIONS), max_size=3, unique=True),
                    },
                ),
                "network": st.sampled_from(["private", {"cidr": "10.0.0.0/16"}, {"cidr": "10.255.0.0/16"}]),
                "storage": st.fixed_dictionaries(
                    {}, optional={"keep_versions": _durations("1s", "90d", "7y"), "scratch": _durations("1h", "30d")}
                ),
            },
        )
    )


@st.composite
def blueprints(draw: Draw) -> dict[str, Any]:
    """A blueprint of built sections only; almost every one is valid on every cloud."""
    blueprint: dict[str, Any] = {
        "apiVersion": "groundplan/v1",
        "name": draw(names(24)),
        "owner": draw(st.sampled_from(["ml", "risk-ml", "0", "o" * 63])),
        **draw(_sections()),
    }
    environments = draw(_apart(names(), 3))
    blueprint["training"] = {name: draw(trainings()) for name in draw(_apart(names(), 4))}
    taken = {name.replace("-", "") for name in blueprint["training"]}
    extra = [name for name in draw(_apart(names(), 2)) if name.replace("-", "") not in taken]
    registry: dict[str, Any] = {"models": extra} if extra else {}
    registry |= {"approval": draw(st.sampled_from(["manual", "automatic"]))} if draw(st.booleans()) else {}
    registry |= (
        {"share_with": draw(st.lists(st.sampled_from(environments), max_size=4, unique=draw(st.integers(0, 9)) > 0))}
        if environments
        else {}
    )
    blueprint["registry"] = registry
    if models := [*blueprint["training"], *extra]:
        blueprint["endpoints"] = {name: draw(endpoints(models)) for name in draw(_apart(names(), 4))}
    if draw(st.booleans()):
        blueprint["alerts"] = {
            "email": draw(st.lists(emails, min_size=1, max_size=5, unique=draw(st.integers(0, 9)) > 0))
        }
        steps = st.lists(st.sampled_from(["1%", "12.5%", "50%", "99.99%", "100%"]), min_size=1, max_size=5, unique=True)
        blueprint["budget"] = {
            "monthly_usd": draw(st.sampled_from([1, 99.5, 0.1, 4000, 100_000_000, 12345.67])),
            "alert_at": sorted(draw(steps), key=lambda step: float(step[:-1])),
        }
    if draw(st.integers(0, 2)) == 0:
        blueprint["features"] = draw(feature_stores())
    if draw(st.integers(0, 2)) == 0:
        blueprint["tracking"] = {"experiments": draw(_apart(names(), 3, 1))}
    if models and draw(st.booleans()):
        blueprint["batch"] = {name: draw(batches(models)) for name in draw(_apart(names(), 2))}
    if draw(st.integers(0, 2)) == 0:
        blueprint["notebooks"] = {name: draw(kinds_of_notebook()) for name in draw(_apart(names(), 2, 1))}
    blueprint["overrides"] = draw(_overrides(blueprint))
    if kinds := blueprint.get("notebooks"):
        blueprint["overrides"].setdefault("azure", {})["notebooks"] = object_ids(kinds)
    blueprint["environments"] = draw(_environments(blueprint, environments))
    return {key: value for key, value in blueprint.items() if value not in ({}, [])}
