"""GP-SEC-039: no bucket, registry, key or topic is for everybody."""

from policies.anonymous import access_list, gcp_members, no_public_entity, no_public_member, statement_for_some
from policies.checks import all_of
from policies.rule import Rule, Severity

RULE = Rule(
    id="GP-SEC-039",
    demand="No bucket, registry, key, topic or secret is open to everybody.",
    why="An anonymous reader gets the data and the models; an anonymous writer poisons both.",
    fix="Name the accounts, service accounts or organisation that need it, or bind the principal by a condition.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    severity=Severity.CRITICAL,
    external=(
        "CKV_GCP_15",
        "CKV_GCP_28",
        "CKV_GCP_101",
        "CKV_GCP_112",
        "CKV2_GCP_6",
        "CKV_AWS_20",
        "CKV_AWS_32",
        "CKV_AWS_33",
        "CKV_AWS_57",
        "CKV_AWS_70",
        "CKV_AWS_375",
        "CKV2_AWS_43",
    ),
    checks={
        "aws:s3/bucketPolicy:BucketPolicy": statement_for_some(),
        "aws:s3/bucket:Bucket": all_of(access_list("grants.*.uri"), statement_for_some()),
        "aws:s3/bucketAcl:BucketAcl": access_list("accessControlPolicy.grants.*.grantee.uri"),
        "aws:kms/key:Key": statement_for_some(),
        "aws:kms/keyPolicy:KeyPolicy": statement_for_some(),
        "aws:ecr/repositoryPolicy:RepositoryPolicy": statement_for_some(),
        "aws:secretsmanager/secretPolicy:SecretPolicy": statement_for_some(),
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": statement_for_some("resourcePolicy"),
        "aws:sns/topicPolicy:TopicPolicy": statement_for_some(),
        "aws:sqs/queuePolicy:QueuePolicy": statement_for_some(),
        **gcp_members("storage/bucketIAM"),
        **gcp_members("storage/managedFolderIam"),
        **gcp_members("artifactregistry/repositoryIam"),
        **gcp_members("kms/cryptoKeyIAM"),
        **gcp_members("kms/keyRingIAM"),
        **gcp_members("bigquery/datasetIam"),
        **gcp_members("secretmanager/secretIam"),
        **gcp_members("pubsub/topicIAM"),
        **gcp_members("pubsub/subscriptionIAM"),
        **gcp_members("vertex/aiEndpointIam"),
        **gcp_members("vertex/aiFeatureOnlineStoreIam"),
        "gcp:storage/bucketAccessControl:BucketAccessControl": no_public_entity("entity"),
        "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl": no_public_entity("entity"),
        "gcp:bigquery/dataset:Dataset": all_of(
            no_public_entity("accesses.*.specialGroup"), no_public_member("accesses.*.iamMember")
        ),
    },
)
