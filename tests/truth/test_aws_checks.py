"""The checks of the AWS truth tests find what is wrong: each is shown one thing of each kind."""

import pytest

from tests.truth.aws_iam import action_problems, resource_problems
from tests.truth.aws_shapes import problems
from tests.truth.aws_states import run
from tests.truth.aws_step_language import language_problems

MODEL = {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::111122223333:role/r"}
JOB = "arn:aws:sagemaker:us-east-1:111122223333:training-job/a-*"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ModelName": "a_b"}, "does not match"),
        ({"ModelName": "x" * 64}, "above 63"),
        ({"ModelName": 5}, "not a string"),
        ({"Modelname": "m"}, "no such member"),
        ({"EnableNetworkIsolation": "true"}, "not a boolean"),
        ({"VpcConfig": {"Subnets": []}}, "below 1"),
        ({"VpcConfig": {"Subnets": ["s"]}}, "required"),
        ({"PrimaryContainer": {"Mode": "Both"}}, "not one of its values"),
    ],
)
def test_a_wrong_request_is_found(wrong, said):
    """
    Names, types, enums, patterns, lengths and what is required are all looked at.
    """
    found = problems("sagemaker", "CreateModel", {**MODEL, **wrong})

    assert any(said in problem for problem in found), found


def test_a_right_request_is_not_blamed():
    """
    A request that SageMaker takes has no problems.
    """
    assert [] == problems("sagemaker", "CreateModel", MODEL)


@pytest.mark.parametrize("action", ["sagemaker:CreateTrainingJobs", "s3:GetObjects", "nosuch:Do", "nosuch:*"])
def test_an_action_that_is_none_is_found(action):
    """
    A mistyped action would silently allow nothing.
    """
    assert list(action_problems({"Action": [action]}))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sagemaker:CreateTrainingJob", "*"),
        ("sagemaker:CreateModel", JOB),
        ("ecr:GetAuthorizationToken", JOB),
    ],
)
def test_an_action_on_the_wrong_resource_is_found(action, resource):
    """
    An action that knows resources wants its own kind, one that knows none wants `*`.
    """
    assert list(resource_problems({"Action": action, "Resource": resource}))


def test_an_action_on_its_resource_is_not_blamed():
    """
    A statement that allows something has no problems.
    """
    assert [] == list(resource_problems({"Action": "sagemaker:CreateTrainingJob", "Resource": JOB}))


@pytest.mark.parametrize(
    "state", [{"Type": "Nothing"}, {"Type": "Task", "Next": "A"}, {"Type": "Succeed", "Outputs": 1}, {"Type": "Choice"}]
)
def test_a_definition_outside_the_language_is_found(state):
    """
    A state of no type, without what it needs, or with a field of no meaning, does not pass.
    """
    assert language_problems({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}})


def test_an_expression_that_finds_nothing_ends_the_run():
    """
    Step Functions does not take nothing for an answer, and neither does the interpreter.
    """
    states = {
        "A": {"Type": "Pass", "Assign": {"x": "{% $states.input.missing %}"}, "Next": "B"},
        "B": {"Type": "Succeed"},
    }

    ended = run({"StartAt": "A", "States": states}, {}, lambda *_: {})

    assert "States.QueryEvaluationError" == ended.error
