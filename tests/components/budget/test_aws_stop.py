"""The hard stop on AWS: what it stops and what it leaves, what it tells, and how a stack comes back."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from tests.components.budget.aws_stack import (
    BELOW,
    LIMIT,
    MACHINE,
    OTHER,
    POLICY,
    RULE,
    SCHEDULE,
    STACK,
    account,
    look,
    own,
    planned,
    stopped,
)
from tests.truth.aws_faults import faults
from tests.truth.aws_iam import as_list, policies_of, statements


def test_nothing_happens_below_the_limit():
    """
    A stack that has spent less than its limit runs on, and nobody hears of the look.
    """
    held = account(spend=BELOW)
    before = held.on(), held.running()

    ended = look(held)

    assert (held.on(), held.running()) == before
    assert all(endpoint.there for endpoint in held.endpoints.values())
    assert ["DescribeBudget", "GetObject"] == [call for call, _sent in ended.calls]
    assert [] == held.told


def test_nothing_happens_while_the_spend_is_not_known():
    """
    A budget that has no figure yet stops nothing, and switches nothing on.
    """
    held = account(spend=None)
    before = held.on(), held.running()

    assert not look(held).error
    assert (held.on(), held.running()) == before

    over = stopped()
    over.spend = None
    look(over)
    assert over.note()


@pytest.mark.parametrize("spend", ["300", 300.0, "1200.5"])
def test_at_the_limit_nothing_of_the_stack_runs(spend):
    """
    At the limit, or above it, starters are off, executions and jobs are cancelled, and nothing has a machine.
    """
    held = account(spend=spend)

    ended = look(held)

    assert not ended.error, ended.cause
    assert [own(held)] == [name for name in held.on() if name.startswith(STACK)]
    left = {name for name in held.running() if OTHER not in name}
    assert all("-queue-request:" in name or "-stop:" in name for name in left - {f"{STACK}fit-1-001-abc"})
    assert not any(endpoint.there for endpoint in held.endpoints.values())
    assert {0} == {held.components.ahead[name]["copies"] for name in held.components.models}
    assert ["Deleting"] == [app["Status"] for app in held.apps if app["DomainId"] != "d-other"]


def test_another_stack_is_left_alone():
    """
    What belongs to a stack whose name begins alike, or to another Studio domain, runs on.
    """
    held = stopped()

    assert {f"{OTHER}nightly-schedule", f"{OTHER}nightly-arrivals"} <= held.on()
    assert {f"{OTHER}fit-1"} <= held.running()
    assert 3 == sum(f"{OTHER}fit-train" in name for name in held.running())
    assert ["InService"] == [app["Status"] for app in held.apps if app["DomainId"] == "d-other"]


def test_executions_end_before_their_jobs():
    """
    A controller that still ran would start the next attempt of a job that is cancelled.
    """
    held = account(spend=LIMIT)
    calls = [call for call, _sent in look(held).calls]

    assert calls.index("UpdateSchedule") < calls.index("StopExecution")
    last = len(calls) - 1 - calls[::-1].index("StopExecution")
    assert last < min(calls.index(call) for call in calls if call.startswith("Stop") and call.endswith("Job"))


def test_a_trial_is_stopped_with_its_search():
    """
    SageMaker stops the trials of a search, so that each is not told twice.
    """
    assert f"{STACK}fit-1-001-abc" not in stopped().stopped_jobs


def test_a_schedule_keeps_all_but_its_state():
    """
    Switching a schedule off loses nothing of it, not its time zone, key or target.
    """
    held = account()
    before = {name: dict(known) for name, known in held.schedules.items()}
    held.spend = LIMIT
    look(held)

    for name, known in held.schedules.items():
        assert {**before[name], "State": known["State"]} == known


def test_it_is_written_down_and_told_once():
    """
    One message names what was stopped and how to go on, and the artifact store says so for as long as it lasts.
    """
    held = stopped()
    (subject, message) = held.told[0]
    note = held.note()

    assert "fraud-dev is stopped at its budget's limit" == subject
    assert "endpoint fraud-dev-scorer (version 11)" in message
    assert "raise budget.monthly_usd" in message
    assert (300, 300) == (note["spend"], note["limit"])
    served = {one["endpoint"]: one["version"] for one in note["endpoints"]}
    assert "11" == served["fraud-dev-scorer"]
    look(held)
    assert 1 == len(held.told)


def test_what_is_started_meanwhile_is_cancelled_and_told():
    """
    A job that somebody starts by hand, and a schedule that somebody switches on, are stopped at the next look.
    """
    held = stopped()
    job, nightly = f"{STACK}fit-by-hand", next(n for n in held.schedules if "nightly" in n and n.startswith(STACK))
    held.jobs["TrainingJob"][job] = "InProgress"
    held.schedules[nightly]["State"] = "ENABLED"

    look(held)

    assert job not in held.running()
    assert nightly not in held.on()
    assert 2 == len(held.told)
    assert job in held.told[1][1]
    assert "scorer" not in held.told[1][1]
    assert 1 == held.note()["schedules"].count(nightly)


def test_below_the_limit_again_what_it_had_switched_off_is_on():
    """
    With a new month, or a higher limit, exactly what the stop switched off is on again, and people hear of it once.
    """
    held = account()
    before = held.on()
    held.spend = LIMIT
    look(held)
    held.limit = "500"

    ended = look(held)

    assert not ended.error, ended.cause
    assert before == held.on()
    assert f"{STACK}paused-schedule" not in held.on()
    assert f"{STACK}paused-arrivals" not in held.on()
    assert not held.note()
    assert ["fraud-dev may run again"] == [subject for subject, _text in held.told[1:]]
    assert "fraud-dev-scorer (version 11)" in held.told[1][1]
    assert not any(endpoint.there for endpoint in held.endpoints.values())
    look(held)
    assert 2 == len(held.told)


def test_a_starter_that_is_gone_is_not_switched_on():
    """
    What an `up` took away while the stack was stopped does not keep the rest off.
    """
    held = stopped()
    nightly = next(n for n in held.note()["schedules"])
    del held.schedules[nightly], held.rules[held.note()["rules"][0]]
    held.spend = "0"

    assert not look(held).error
    assert not held.note()


def test_a_starter_that_can_not_be_switched_on_is_tried_again():
    """
    It stays in the note, the run fails by its name, and the next look switches it on.
    """
    held = stopped()
    nightly = next(name for name in held.note()["schedules"] if "nightly" in name)
    held.spend, held.refused = "0", {("UpdateSchedule", nightly)}

    ended = look(held)

    assert "NotStopped" == ended.error
    assert ([nightly], []) == (held.note()["schedules"], held.note()["rules"])
    held.refused = set()
    assert not look(held).error
    assert nightly in held.on()


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("ListRules", STACK),
        ("UpdateSchedule", "nightly"),
        ("DisableRule", "arrivals"),
        ("ListStateMachines", ""),
        ("ListExecutions", "scorer-release"),
        ("StopExecution", "fit-train"),
        ("ListTrainingJobs", ""),
        ("StopTransformJob", "fit-0"),
        ("DeleteEndpoint", "later"),
        ("RegisterScalableTarget", "rare"),
        ("DeleteApp", ""),
        ("Publish", ""),
    ],
)
def test_what_can_not_be_stopped_holds_up_nothing(operation, part):
    """
    One call that fails keeps nothing else running; the run fails by its name, and the next look stops the rest.
    """
    held = account(spend=LIMIT, refused={(operation, part)})

    ended = look(held)

    assert "NotStopped" == ended.error
    assert "Access denied" in ended.cause
    assert not held.endpoints[f"{STACK}scorer"].there
    assert "HyperParameterTuningJob" not in {
        k for k, jobs in held.jobs.items() if jobs[f"{STACK}fit-0"] == "InProgress"
    }
    held.refused = set()
    assert not look(held).error
    assert [own(held)] == [name for name in held.on() if name.startswith(STACK)]
    assert not any(endpoint.there for endpoint in held.endpoints.values())


def test_nothing_is_switched_off_that_is_not_written_down():
    """
    Where the note can't be written, starters stay on, as nothing would switch them on again; what runs is cancelled.
    """
    held = account(spend=LIMIT, refused={("PutObject", "")})
    before = held.on()

    assert "NotStopped" == look(held).error
    assert before == held.on()
    assert not held.endpoints[f"{STACK}scorer"].there


def test_a_job_that_ended_meanwhile_is_no_failure():
    """
    A job that is over by the time its stop is asked for needs none.
    """
    held = account(spend=LIMIT)
    held.jobs["TrainingJob"][f"{STACK}fit-over"] = "InProgress"

    assert not look(held).error


def test_an_endpoint_that_is_being_updated_goes_at_the_next_look():
    """
    SageMaker takes none away that moves: the run fails, and the next one takes it.
    """
    held = account(spend=LIMIT)
    scorer = held.endpoints[f"{STACK}scorer"]
    scorer.status, scorer.stuck = "Updating", True

    assert "NotStopped" == look(held).error
    assert scorer.there
    scorer.status = "InService"
    assert not look(held).error
    assert not scorer.there


def test_it_looks_every_hour_and_not_on_the_hour():
    """
    One schedule starts the one state machine, which the budget's result names.
    """
    found = planned().one(SCHEDULE, "budget-hourly")
    machine = planned().one(MACHINE, "stop")

    assert "cron(23 * * * ? *)" == found.inputs["scheduleExpression"]
    assert "ENABLED" == found.inputs["state"]
    assert machine.inputs["name"].startswith(STACK)


def test_it_may_end_what_runs_and_start_nothing():
    """
    Its role is its own: it can't start a run, read data, or touch a store; what it ends is the stack's by name.
    """
    role = planned().one("aws:iam/role:Role", "stop-role").inputs["name"]
    assert role in planned().one(MACHINE, "stop").inputs["roleArn"]
    (policy,) = [p for p in planned().all(POLICY) if p.inputs["role"] == role]
    found = statements(policy.inputs["policy"])
    actions = {action for statement in found for action in as_list(statement["Action"])}

    assert not any(
        action.split(":")[1].startswith(("Create", "Start")) for action in actions - {"logs:CreateLogDelivery"}
    )
    assert {"s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:ListBucket"} == {
        a for a in actions if a[:3] == "s3:"
    }
    for statement in found:
        if {"Stop", "Delete"} & {a.split(":")[1][:4].rstrip("e") for a in as_list(statement["Action"])}:
            assert all(STACK in r or "app/" in r for r in as_list(statement["Resource"])), statement


def test_without_a_hard_stop_there_is_nothing_of_it():
    """
    A stack that does not ask for it has no controller, no role and no right for it, and releases as they were.
    """
    plain = planned(hard_stop=False)
    more = {r.urn for r in planned()} - {r.urn for r in plain}

    starter = {"budget-hourly", "budget-schedule-role", "budget-schedule-policy"}
    assert {"stop", "stop-role", "stop-policy", "pipeline-anew", "pipeline-anew-attached", *starter} == {
        urn.split("::")[-1] for urn in more
    }
    held = [policy for role in plain.all("aws:iam/role:Role") for policy in policies_of(plain, role.name)]
    assert '"sagemaker:CreateEndpoint"' not in "".join(policy.inputs["policy"] for policy in held)
    assert 'createEndpoint"' not in "".join(m.inputs["definition"] for m in plain.all(MACHINE))


def test_all_starters_of_a_stack_are_found_by_name():
    """
    Each schedule and rule of a stack begins with its name, which is what the stop lists them by.
    """
    names = [r.inputs["name"] for kind in (SCHEDULE, RULE) for r in planned().all(kind)]

    assert names
    assert all(name.startswith(STACK) for name in names)


def test_more_than_one_look_can_stop_are_stopped_by_the_next():
    """
    Of hundreds of jobs as many are stopped as an execution has room for; the run says so, and the next stops the rest.
    """
    held = account(spend=LIMIT, page=100)
    held.jobs["TransformJob"] |= {f"{STACK}many-{n}": "InProgress" for n in range(400)}

    assert "batch job beyond the first 250" in look(held).cause
    assert 403 - 250 == sum(n.startswith(STACK) and s == "InProgress" for n, s in held.jobs["TransformJob"].items())
    assert not look(held).error
    assert {f"{OTHER}fit-1"} == {n for n, s in held.jobs["TransformJob"].items() if s == "InProgress"}


def test_it_may_write_every_schedule():
    """
    A schedule is written with the role that it starts with, which the stop may hand on to the scheduler alone.
    """
    (hand_on,) = [
        s for s in statements(planned().one(POLICY, "stop-policy").inputs["policy"]) if s["Action"] == ["iam:PassRole"]
    ]
    roles = {schedule.inputs["target"]["roleArn"] for schedule in planned().all(SCHEDULE)}

    assert len(roles) > 3
    assert all(fnmatchcase(role, hand_on["Resource"]) for role in roles)
    assert {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}} == hand_on["Condition"]


def test_a_stack_with_everything_is_one_that_aws_takes():
    """
    Requests, names, rights and IAM's limits hold where a stack has every form of endpoint and every component.
    """
    assert [] == faults(planned())
