"""What an author is told of each kind of mistake, word for word."""

import pytest

from tests.blueprints.blueprint_text import HEAD, told

TRAIN = "machine: {cpu: 4}, restartable: true"
SCORER = f"training: {{fit: {{{TRAIN}}}}}\nendpoints: {{scorer: {{model: fit, %s}}}}"

MISTAKES = {
    # keys
    "trainings: {}": "4:1: trainings: unknown key 'trainings'. Write training.",
    "zzz: 1": "4:1: zzz: unknown key 'zzz'. Write one of apiVersion, name, owner, description, labels, data, network,"
    " key, storage, training, features, tracking, registry, endpoints, batch, streaming, monitoring, pipelines,"
    " notebooks, llm, vectors, alerts, governance, budget, dashboard, usage, waivers, environments, overrides.",
    "training: {fit: {machin: {cpu: 4}, machine: {cpu: 4}, spot: false}}": "4:18: training.fit.machin: unknown key"
    " 'machin'. Write machine.",
    "training: {fit: {spot: false}}": "4:17: training.fit.machine: is required."
    " Write machine: {cpu: 4, memory: 16GiB}.",
    "training: {Fit_XGB: {machine: {cpu: 4}, spot: false}}": "4:12: training.Fit_XGB: 'Fit_XGB' has not the right form"
    " (lower-case words joined by `-`). Write fit-xgb.",
    "labels: {owner: me}": "4:10: labels.owner: 'owner' is a label that every resource has anyway. Leave it out.",
    "labels: {aws-team: me}": "4:10: labels.aws-team: 'aws-team' begins with 'aws', which a cloud keeps for itself."
    " Write another key.",
    "labels: {Team: me}": "4:10: labels.Team: 'Team' has not the right form (lower-case letters, digits, `-` and `_`,"
    " a letter first, at most 63). Write one such as cost-centre.",
    # types
    "description: 5": '4:14: description: 5 is not text. Write "5" in quotes.',
    "description: true": '4:14: description: true is not text. Write "true" in quotes.',
    "data: public": "4:7: data: 'public' is not a mapping. Write {classification: public}; its keys are"
    " classification, residency.",
    "data: {residency: eu}": "4:19: data.residency: 'eu' is not a list. Write [eu].",
    "waivers: {rule: x}": "4:10: waivers: a mapping is not a list. Write […, …].",
    "training: [fit]": "4:11: training: a list is not a mapping. Write name: value pairs.",
    f"training: {{fit: {{{TRAIN}, nodes: two}}}}": "4:63: training.fit.nodes: 'two' is not a whole number."
    " Write one such as 1.",
    f"training: {{fit: {{{TRAIN}, nodes: 1.5}}}}": "4:63: training.fit.nodes: 1.5 is not a whole number."
    " Write one such as 1.",
    f"training: {{fit: {{{TRAIN}, nodes: true}}}}": "4:63: training.fit.nodes: true is not a whole number."
    " Write one such as 1.",
    "training: {fit: {machine: {cpu: four}, spot: false}}": "4:33: training.fit.machine.cpu: 'four' is not a number."
    " Write one such as 1.5.",
    "training: {fit: {machine: {cpu: 4}, restartable: yes}}": "4:50: training.fit.restartable: 'yes' is not true or"
    " false. Write true.",
    f"training: {{fit: {{{TRAIN}, hyperparameters: {{depth: [1]}}}}}}": "4:81: training.fit.hyperparameters.depth:"
    " a list is neither text, a number nor true or false. Write one of them.",
    "network: public": "4:10: network: 'public' is not a mapping. Write {cidr: 10.20.0.0/16}; its keys are cidr,"
    " existing.",
    # choices
    "data: {classification: privat}": "4:24: data.classification: 'privat' is not one of public, internal,"
    " confidential, restricted. Write one of them.",
    "data: {residency: [india, ue]}": "4:27: data.residency[1]: 'ue' is not one of australia, bahrain, brazil, canada,"
    " chile, eu, hong-kong, india, indonesia, israel, japan, korea, malaysia, mexico, norway, qatar, saudi-arabia,"
    " singapore, south-africa, switzerland, taiwan, thailand, uae, uk, us. Write uae.",
    f"training: {{fit: {{{TRAIN}, runtime: xgbost}}}}": "4:65: training.fit.runtime: 'xgbost' is not one of xgboost,"
    " sklearn, pytorch, tensorflow. Write xgboost.",
    "registry: {approval: automatik}": "4:22: registry.approval: 'automatik' is not one of manual, automatic."
    " Write automatic.",
    # ranges
    f"training: {{fit: {{{TRAIN}, nodes: 0}}}}": "4:63: training.fit.nodes: 0 is too small. Write 1 or more.",
    f"training: {{fit: {{{TRAIN}, nodes: 65}}}}": "4:63: training.fit.nodes: 65 is too large. Write 64 or less.",
    "training: {fit: {machine: {cpu: 0}, spot: false}}": "4:33: training.fit.machine.cpu: 0 is too small."
    " Write more than 0.",
    f"description: {'a' * 1001}": f"4:14: description: '{'a' * 60}\\u2026' has 1001 characters. Write at most 1000.",
    "alerts: {email: [" + ", ".join(f"a{i}@b.cd" for i in range(21)) + "]}": "4:17: alerts.email: it has 21 entries."
    " Write at most 20.",
    # forms
    "owner2: x\nwaivers: []": "4:1: owner2: unknown key 'owner2'. Write owner.",
    "alerts: {email: [team at example.com]}": "4:18: alerts.email[0]: 'team at example.com' has not the right form"
    " (mail address). Write one such as risk-ml@example.com.",
    "network: {cidr: 10.300.0.0/16}": "4:17: network.cidr: '10.300.0.0/16' has not the right form."
    " Write one such as 10.20.0.0/16.",
    f"training: {{fit: {{{TRAIN}, inputs: {{train: /etc/passwd}}}}}}": "4:72: training.fit.inputs.train: '/etc/passwd'"
    " has not the right form (path in the stack's data store, or a URI). Write one such as data/payments/.",
    # quantities
    f"training: {{fit: {{{TRAIN}, max_run: 4 hours}}}}": "4:65: training.fit.max_run: '4 hours' is not a duration."
    " Write 15m or 6h.",
    f"training: {{fit: {{{TRAIN}, max_run: 4}}}}": "4:65: training.fit.max_run: 4 is not a duration. Write 15m or 6h.",
    f"training: {{fit: {{{TRAIN}, disk: 100GB}}}}": "4:62: training.fit.disk: '100GB' is not a size."
    " Write 32GiB or 512MiB.",
    SCORER % "capture: {sample: 0.2}": "5:52: endpoints.scorer.capture.sample: 0.2 is not a percent."
    " Write 10% or 99.9%.",
    # a spec's own sense
    "training: {fit: {machine: {cpu: 4}}}": "4:17: training.fit: spot needs a checkpoint, or a reclaimed run starts"
    " over. Write checkpoint: {every: 10m}, or restartable: true, or spot: false.",
    f"training: {{fit: {{{TRAIN}, spot: {{max_wait: 1h}}, max_run: 2h}}}}": "4:17: training.fit: spot.max_wait (1h)"
    " counts waiting and running, so it can't be less than max_run (2h). Write max_wait: 2h or more.",
    f"training: {{fit: {{{TRAIN}, runtime: xgboost, image: 'a:1'}}}}": "4:17: training.fit: image and runtime both say"
    " what runs. Write one of them.",
    "training: {fit: {machine: {}, spot: false}}": "4:27: training.fit.machine: it asks for nothing."
    " Write {cpu: 4, memory: 16GiB} or {gpu_memory: 24GiB}.",
    "training: {fit: {machine: {cpu: 4, count: 2}, spot: false}}": "4:27: training.fit.machine: count is of"
    " accelerators. Add accelerator or gpu_memory, or leave count out.",
    SCORER % "scale: {min: 3, max: 2}": "5:41: endpoints.scorer.scale: min (3) is above max (2). Write min: 2 or less.",
    SCORER % "scale: {target: {gpu_utilisation: 60%}}": "5:21: endpoints.scorer: scale.target.gpu_utilisation needs a"
    " machine with an accelerator. Write cpu_utilisation, or add accelerator or gpu_memory to machine.",
    "alerts: {email: [a@b.cd]}\nbudget: {monthly_usd: 9, alert_at: [50%, 10%]}": "5:36: budget.alert_at: steps must"
    " rise; got [50%, 10%]. Write [10%, 50%].",
    "waivers: [{rule: GP-COST-011, reason: until the launch, owner: team, until: next year}]": "4:77:"
    " waivers[0].until: 'next year' is not a day. Write one such as 2027-01-31.",
    "waivers: [{rule: cost-11, reason: until the launch, owner: team, until: 2027-01-31}]": "4:18: waivers[0].rule:"
    " 'cost-11' has not the right form. Write one such as GP-COST-011.",
    # nothing where something should be
    "description:": "4:1: description: it is empty. Write a value, or leave it out.",
    "training: {fit: }": "4:16: training.fit: it is empty. Write a value, or leave it out.",
    "alerts: {email: [null]}": "4:18: alerts.email[0]: it is empty. Write a value, or leave it out.",
    "environments: {dev: 5}": "4:21: environments.dev: 5 is not a mapping. Write {budget: {monthly_usd: 300}}.",
    "environments: 5": "4:15: environments: 5 is not a mapping. Write dev: {budget: {monthly_usd: 300}}.",
    "environments: {Dev: {}}": "4:16: environments.Dev: 'Dev' has not the right form (lower-case words joined by `-`)."
    " Write dev.",
    "overrides: [aws]": "4:12: overrides: a list is not a mapping. Write aws: {…}, gcp: {…} or azure: {…}.",
    "overrides: {azur: {}}": "4:13: overrides.azur: 'azur' is no cloud. Write azure.",
    "overrides: {aws: big}": "4:18: overrides.aws: 'big' is not a mapping. Write what differs on aws, in the shape of"
    " the top.",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistake_is_told_on_one_line(text):
    """
    A mistake is told once, at its place, with what to write instead.
    """
    assert told(HEAD + text + "\n") == [f"b.yaml:{MISTAKES[text]}"]


def test_all_mistakes_are_told_at_once():
    """
    Each run of the check tells every mistake of the file, in the order of the file.
    """
    text = HEAD + "data: {clasification: public}\nregistry: {approval: never}\nbudget: {monthly_usd: many}\nfoo: 1\n"

    assert [line.split(":")[1] for line in told(text)] == ["4", "5", "6", "6", "7"]


@pytest.mark.parametrize("key", ["apiVersion", "name", "owner"])
def test_required_key_is_asked_for_with_an_example(key):
    """
    A blueprint without its head is told which line to add.
    """
    text = "".join(line + "\n" for line in HEAD.splitlines() if not line.startswith(key))
    example = {"apiVersion": "groundplan/v1", "name": "fraud-detection", "owner": "risk-ml"}[key]

    assert told(text) == [f"b.yaml:1:1: {key}: is required. Write {key}: {example}."]


def test_a_secret_in_the_wrong_place_is_not_quoted():
    """
    A value that was meant to be secret does not end up in a log.
    """
    text = HEAD + "llm: {chat: {model: {name: a/b, parameters: 7B, secret: hf_abcdef123}}}\n"

    assert "hf_abcdef123" not in "".join(told(text))


def test_a_long_value_is_cut():
    """
    A message stays one readable line, whatever was pasted into the value.
    """
    (line,) = told(HEAD + f'registry: {{approval: "{"x" * 5000}"}}\n')

    assert len(line) < 250


def test_a_line_break_in_a_value_stays_in_the_line():
    """
    One problem is one line, also when the value has several.
    """
    assert len(told(HEAD + 'registry: {approval: "a\\nb"}\n')) == 1
