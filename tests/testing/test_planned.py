"""What the fixtures promise: what a program registers, what it needs, and clear words where a test is wrong."""

import pulumi
import pulumi_aws as aws
import pytest

AWS = {"cloud": "aws", "region": "eu-west-1", "account": "111122223333"}


def _topic_and_policy():
    topic = aws.sns.Topic("alerts", name="alerts")
    aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint="a@example.com")


def test_inputs_hold_what_other_resources_give(plan_program):
    """
    An input that comes from another resource holds a real-looking value, and the need is recorded.
    """
    plan = plan_program(_topic_and_policy, AWS)

    topic = plan.one("aws:sns/topic:Topic")
    mail = plan.one("aws:sns/topicSubscription:TopicSubscription")
    assert "arn:aws:sns:eu-west-1:111122223333:alerts" == mail.at("topic")
    assert (topic.urn,) == mail.needs


def test_a_program_is_planned_twice_alike(plan_program):
    """
    The same program gives the same resources, ids and all.
    """
    first, second = (plan_program(_topic_and_policy, AWS) for _ in range(2))

    assert first.resources == second.resources


def test_what_the_cloud_would_refuse_is_told(plan_program):
    """
    A value that the cloud does not take is a refusal that names the property.
    """
    plan = plan_program(lambda: aws.sqs.Queue("q", name="q", sqs_managed_sse_enabled="perhaps"), AWS)  # pyright: ignore[reportArgumentType]

    (refusal,) = plan.refusals
    assert refusal.startswith("q.sqsManagedSseEnabled: ")


def test_a_look_up_fails_the_test(plan_program):
    """
    A program that asks a live cloud is told to take the answer as an input.
    """
    with pytest.raises(Exception, match="take its answer as an input"):
        plan_program(lambda: pulumi.export("who", aws.get_caller_identity().account_id), AWS)


def test_one_says_what_there_is_instead(plan_program):
    """
    A test that looks for the wrong type learns which types the plan has.
    """
    plan = plan_program(_topic_and_policy, AWS)

    with pytest.raises(AssertionError, match="aws:sns/topic:Topic alerts"):
        plan.one("aws:sqs/queue:Queue")


def test_a_wrong_path_says_where_it_ends(plan_program):
    """
    A path that leads nowhere names the last key that was there.
    """
    plan = plan_program(_topic_and_policy, AWS)

    with pytest.raises(KeyError, match="nothing at naam"):
        plan.one("aws:sns/topic:Topic").at("naam")


def test_what_an_update_leaves_alone_is_told(plan_program):
    """
    A resource says which of its inputs the engine ignores when they change, and so does the plan's document.
    """

    def program():
        aws.sqs.Queue("q", name="q", delay_seconds=1, opts=pulumi.ResourceOptions(ignore_changes=["delaySeconds"]))

    plan = plan_program(program, AWS)

    assert ("delaySeconds",) == plan.one("aws:sqs/queue:Queue").ignored
    assert [["delaySeconds"]] == [r["ignoreChanges"] for r in plan.document["resources"] if r["name"] == "q"]


def test_secrets_stay_secret(plan_program):
    """
    Neither inputs, outputs nor exports of a plan hold the value of a secret.
    """

    def program():
        held = aws.secretsmanager.Secret("held")
        version = aws.secretsmanager.SecretVersion("v", secret_id=held.id, secret_string=pulumi.Output.secret("hush"))
        pulumi.export("shown", version.secret_string)

    plan = plan_program(program, AWS)

    assert {"secret": True} == plan.one("aws:secretsmanager/secretVersion:SecretVersion").at("secretString")
    assert "hush" not in str([vars(r) for r in plan]) + str(plan.document["outputs"])


def test_a_failed_program_leaves_the_next_one_alone(plan_program):
    """
    After a program that fails half-way, with outputs still waiting, the next one plans as ever.
    """

    def failing():
        for n in range(20):
            _topic = aws.sns.Topic(f"alerts-{n}", name=f"alerts-{n}")
            _topic.arn.apply(lambda arn: aws.sns.TopicSubscription(arn, topic=arn, protocol="email", endpoint="a@b.co"))
        raise RuntimeError("half-way")

    for _ in range(3):
        with pytest.raises(RuntimeError, match="half-way"):
            plan_program(failing, AWS)

    assert 2 == len(plan_program(_topic_and_policy, AWS))
